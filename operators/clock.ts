/** Clocks for operators that measure elapsed time without timers. */
import type { TimestampProvider } from 'rxjs';

/** A monotonic clock in milliseconds; the wall clock if the platform has no monotonic one. */
export const monotonic: TimestampProvider = {
  now: () => (typeof performance === 'undefined' ? Date.now() : performance.now()),
};

/**
 * Makes a function that returns the elapsed time since its creation, in ms. If the clock is set
 * back, the time stands still until the next reading; if it is set forward, the time jumps.
 */
export function elapsedBy(clock: TimestampProvider): () => number {
  let last = clock.now();
  let elapsed = 0;
  return () => {
    const now = clock.now();
    if (now > last) elapsed += now - last;
    last = now;
    return elapsed;
  };
}
