/** Virtual time that passes when a test says so. */
import { VirtualTimeScheduler } from 'rxjs';

export interface VirtualTime {
  readonly scheduler: VirtualTimeScheduler;
  /** Nanoseconds since 0. */
  readonly now: () => bigint;
  /** Lets so many ms pass, and does what is due meanwhile. */
  pass(ms: number): void;
}

export function virtualTime(): VirtualTime {
  const scheduler = new VirtualTimeScheduler(undefined, 0);
  return {
    scheduler,
    now: () => BigInt(scheduler.now()) * 1_000_000n,
    pass: (ms) => {
      scheduler.maxFrames = scheduler.frame + ms;
      scheduler.flush();
      scheduler.frame = scheduler.maxFrames;
    },
  };
}
