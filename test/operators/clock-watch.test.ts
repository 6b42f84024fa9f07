import { config, VirtualTimeScheduler } from 'rxjs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { atTime } from '../../operators/clock-watch.ts';

/** A clock that can be set, and timers that go by the time that passes. */
function world(): { scheduler: VirtualTimeScheduler; set(by: number): void; pass(ms: number): void } {
  const scheduler = new VirtualTimeScheduler();
  let shift = 0;
  scheduler.now = () => scheduler.frame + shift;
  return {
    scheduler,
    set: (by) => (shift += by),
    pass: (ms) => {
      scheduler.maxFrames = scheduler.frame + ms;
      scheduler.flush();
      scheduler.frame = scheduler.maxFrames;
    },
  };
}

const ms = (value: number): bigint => BigInt(value) * 1_000_000n;

describe('atTime', () => {
  it('has one timer for all waits, and no timer afterwards', () => {
    const { scheduler, pass } = world();
    const reached: number[] = [];
    const waits = [5000, 300, 700, 90_000].map((at) => atTime(ms(at), () => reached.push(at), scheduler));
    expect(scheduler.actions).toHaveLength(1);
    pass(299);
    expect(reached).toEqual([]);
    pass(1);
    expect(reached).toEqual([300]);
    pass(10_000);
    expect(reached).toEqual([300, 700, 5000]);
    waits[3]?.unsubscribe();
    expect(scheduler.actions).toEqual([]);
  });

  it('reaches every wait, also if the callback of another one throws', async () => {
    const { scheduler, pass } = world();
    const reached: number[] = [];
    const fail = (): never => {
      throw new Error('it fails');
    };
    const reported = new Promise((resolve) => (config.onUnhandledError = resolve));
    onTestFinished(() => void (config.onUnhandledError = null));
    atTime(ms(300), fail, scheduler);
    for (const at of [300, 700]) atTime(ms(at), () => reached.push(at), scheduler);
    pass(300);
    expect(reached).toEqual([300]);
    expect(await reported).toEqual(new Error('it fails'));
    pass(400);
    expect(reached).toEqual([300, 700]);
    expect(scheduler.actions).toEqual([]);
  });

  it('goes by the clock: later when it is set back, within a second when it is set forward', () => {
    const { scheduler, set, pass } = world();
    const reached: string[] = [];
    atTime(ms(5000), () => reached.push('first'), scheduler);
    set(-3000);
    pass(7999);
    expect(reached).toEqual([]);
    pass(1);
    expect(reached).toEqual(['first']);
    atTime(ms(60_000), () => reached.push('second'), scheduler);
    set(100_000);
    atTime(ms(105_010), () => reached.push('third'), scheduler);
    pass(10);
    expect(reached).toEqual(['first', 'second', 'third']);
  });

  it('calls back at once for a time that is past', () => {
    const { scheduler, pass } = world();
    pass(10);
    let reached = false;
    atTime(ms(10), () => (reached = true), scheduler);
    expect(reached).toBe(true);
    expect(scheduler.actions).toEqual([]);
  });
});
