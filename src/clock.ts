/** The wall clock in nanoseconds. */

/** The two clocks behind the wall clock with nanoseconds. */
export interface Clocks {
  /** Milliseconds since the Unix epoch: steps when the system's time is set. */
  readonly wall: () => number;
  /** Nanoseconds since an arbitrary start: never steps. */
  readonly monotonic: () => bigint;
}

/** Difference between the two at which the wall clock counts as set: in ms. */
const STEP = 5;

/**
 * Creates a wall clock with nanoseconds: an anchor plus the advance of the monotonic clock since.
 * It follows the wall clock when that is set or drifts by more than 5 ms; between such steps it
 * never goes back.
 */
export function createClock(
  clocks: Clocks = { wall: Date.now, monotonic: process.hrtime.bigint },
): () => bigint {
  let millis = 0;
  let wall = 0n;
  let start = 0n;
  const anchor = (): bigint => {
    millis = clocks.wall();
    wall = BigInt(millis) * 1_000_000n;
    start = clocks.monotonic();
    return wall;
  };
  anchor();
  return () => {
    const passed = clocks.monotonic() - start;
    const drift = millis + Math.floor(Number(passed) / 1e6) - clocks.wall();
    return drift > STEP || drift < -STEP ? anchor() : wall + passed;
  };
}

/** Nanoseconds since the Unix epoch, by this machine's wall clock. */
export const nowNano: () => bigint = createClock();
