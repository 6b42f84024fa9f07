import { asyncScheduler, VirtualTimeScheduler } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { after, later } from '../../operators/later.ts';

/** A scheduler that notes what it is asked for. */
function noting(): { clock: VirtualTimeScheduler; delays: number[] } {
  const clock = new VirtualTimeScheduler();
  const delays: number[] = [];
  const request = clock.schedule.bind(clock);
  clock.schedule = (work, delay, state) => {
    delays.push(delay ?? 0);
    return request(work, delay, state);
  };
  return { clock, delays };
}

describe('later', () => {
  it.each([0, 1, 1.5, 2 ** 31 - 1, 2 ** 31, 3 * 2 ** 31 + 7])(
    'does the work once, %d ms from now',
    (delay) => {
      const { clock, delays } = noting();
      const times: number[] = [];
      later(() => times.push(clock.now()), delay, clock);
      clock.flush();
      expect(times).toEqual([delay]);
      expect(Math.max(...delays)).toBeLessThan(2 ** 31);
    },
  );

  it('never does it when it is called off', () => {
    const clock = new VirtualTimeScheduler();
    const work = vi.fn<() => void>();
    const subscription = later(work, 2 ** 32, clock);
    clock.maxFrames = 2 ** 31;
    clock.flush();
    subscription.unsubscribe();
    expect(clock.actions).toEqual([]);
    expect(work).not.toHaveBeenCalled();
  });

  it('leaves no timer behind, nor lets one run twice', () => {
    vi.useFakeTimers();
    try {
      const work = vi.fn<() => void>();
      const subscription = later(work, 2 ** 31 + 5, asyncScheduler);
      expect(vi.getTimerCount()).toBe(1);
      vi.advanceTimersByTime(2 ** 31 + 4);
      expect(work).not.toHaveBeenCalled();
      vi.advanceTimersByTime(1);
      expect(work).toHaveBeenCalledOnce();
      expect(vi.getTimerCount()).toBe(0);
      subscription.unsubscribe();
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('after', () => {
  it.each([0, 40 * 86_400_000])('emits once, %d ms from the subscription, and completes', (delay) => {
    const { clock, delays } = noting();
    const seen: unknown[] = [];
    after(delay, clock).subscribe({
      next: () => seen.push(clock.now()),
      complete: () => seen.push('complete'),
    });
    clock.flush();
    expect(seen).toEqual([delay, 'complete']);
    expect(Math.max(...delays)).toBeLessThan(2 ** 31);
  });

  it('leaves no timer when its subscriber leaves', () => {
    const clock = new VirtualTimeScheduler();
    after(1000, clock).subscribe().unsubscribe();
    expect(clock.actions.filter(({ closed }) => !closed)).toEqual([]);
  });
});
