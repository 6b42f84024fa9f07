import { asyncScheduler } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { Stopwatch } from '../../operators/stopwatch.ts';
import { virtualTime } from '../support/virtual-time.ts';

describe('Stopwatch', () => {
  it('shows what has passed, however the clock is set while something is held', () => {
    const { scheduler, pass } = virtualTime();
    let shift = 0;
    const clock = { now: () => scheduler.now() + shift, schedule: scheduler.schedule.bind(scheduler) };
    const watch = new Stopwatch(800, clock);
    const start = watch.hold();
    pass(50);
    expect(watch.now - start).toBe(50);
    shift -= 3_600_000;
    pass(650);
    // The time of the look during which the clock was set is exact to an eighth of the span.
    expect(Math.abs(watch.now - start - 700)).toBeLessThanOrEqual(100);
    shift += 7_200_000;
    expect(Math.abs(watch.now - start - 700)).toBeLessThanOrEqual(100);
    pass(300);
    expect(watch.now - start).toBeGreaterThan(800);
  });

  it('has no timer once all that was held is older than the span', () => {
    const { scheduler, pass } = virtualTime();
    const watch = new Stopwatch(800, scheduler);
    watch.hold();
    expect(scheduler.actions).toHaveLength(1);
    pass(1000);
    expect(scheduler.actions).toEqual([]);
    const old = watch.now;
    expect(watch.hold() - old).toBeGreaterThanOrEqual(0);
    watch.stop();
    expect(scheduler.actions).toEqual([]);
  });

  it('goes by a clock that cannot be set, where nothing else is said', () => {
    const watch = new Stopwatch(1000, asyncScheduler);
    const start = watch.hold();
    expect(watch.now).toBeGreaterThanOrEqual(start);
  });
});
