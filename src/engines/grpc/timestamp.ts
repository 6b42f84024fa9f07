/** `google.protobuf.Timestamp` as an instant. */
import type { Instant } from '../../instant.ts';
import { isInRange } from '../../instant-range.ts';

export interface Timestamp {
  readonly seconds: bigint;
  readonly nanos: number;
}

const SECOND = 1_000_000_000n;

/**
 * The instant; undefined for an absent one, for Go's zero time (the year 1), for 1970's first moment (an empty
 * message) and outside of the years 1677 to 2262, which 64 bits of nanoseconds hold.
 */
export function instantOf(time: Timestamp | null | undefined): Instant | undefined {
  if (!time) return undefined;
  const { seconds, nanos } = time;
  if (nanos < 0 || nanos >= 1_000_000_000) return undefined;
  const instant = seconds * SECOND + BigInt(nanos);
  return instant === 0n || !isInRange(instant) ? undefined : instant;
}
