/** Clocks for operators that measure how much time has passed, and wait for nothing. */
import type { TimestampProvider } from 'rxjs';

/** Milliseconds that only grow, setting the wall clock changes nothing; the wall clock where there is no such clock. */
export const monotonic: TimestampProvider = {
  now: () => (typeof performance === 'undefined' ? Date.now() : performance.now()),
};

/**
 * Makes a reader of the time that has passed since it was made, in ms. A clock that is set back stands still until the
 * next reading; one that is set forward jumps.
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
