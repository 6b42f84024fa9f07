import { monitorEventLoopDelay } from 'node:perf_hooks';
import { VirtualTimeScheduler } from 'rxjs';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { EventLoopDelay } from '../../../../src/server/watch/event-loop-delay.ts';

const histogram = vi.hoisted(() => ({
  ...{ count: 0, mean: 0, max: 0 },
  percentile: () => 12e6,
  reset: vi.fn<() => void>(),
  enable: vi.fn<() => void>(),
  disable: vi.fn<() => void>(),
}));

vi.mock('node:perf_hooks', () => ({ monitorEventLoopDelay: vi.fn<() => typeof histogram>(() => histogram) }));

const MINUTE = 60_000;

/** Lets that many minutes pass. */
function pass(scheduler: VirtualTimeScheduler, minutes: number): void {
  scheduler.schedule(() => undefined, minutes * MINUTE);
  scheduler.maxFrames = scheduler.frame + minutes * MINUTE;
  scheduler.flush();
}

describe('the delay of the event loop', () => {
  beforeEach(() => vi.clearAllMocks());

  it('is not measured before the first scrape, nor once scrapes have ended', async () => {
    const scheduler = new VirtualTimeScheduler();
    const delay = new EventLoopDelay(scheduler);
    expect(monitorEventLoopDelay).toHaveBeenCalled();
    expect(histogram.enable).not.toHaveBeenCalled();
    await delay.get();
    expect(histogram.enable).toHaveBeenCalledTimes(1);
    pass(scheduler, 4);
    expect(histogram.disable).not.toHaveBeenCalled();
    await delay.get();
    pass(scheduler, 4);
    expect(histogram.disable).not.toHaveBeenCalled();
    pass(scheduler, 2);
    expect(histogram.disable).toHaveBeenCalledTimes(1);
  });

  it('is 0 in the first scrape, then without the interval of the measurement', async () => {
    const delay = new EventLoopDelay(new VirtualTimeScheduler());
    const valueOf = async (): Promise<number | undefined> => (await delay.get()).values[0]?.value;
    expect(await valueOf()).toBe(0);
    histogram.count = 3;
    expect(await valueOf()).toBeCloseTo(0.002);
    delay.stop();
    expect(histogram.disable).toHaveBeenCalled();
  });
});
