/** `google.protobuf.Timestamp` as an instant. */
import type { Instant } from '../../instant.ts';

export interface Timestamp {
  readonly seconds: bigint;
  readonly nanos: number;
}

const SECOND = 1_000_000_000n;

/**
 * The first and the last second of a `Timestamp`: years 1 to 9999. Go uses the first one for
 * "never".
 */
const NEVER = -62_135_596_800n;
const LAST = 253_402_300_799n;

/**
 * The instant; undefined for an absent one, for Go's zero time, for 1970's first moment (an empty
 * message) and outside of years 1 to 9999.
 */
export function instantOf(time: Timestamp | null | undefined): Instant | undefined {
  if (!time) return undefined;
  const { seconds, nanos } = time;
  if (seconds <= NEVER || seconds > LAST || nanos < 0 || nanos >= 1_000_000_000) return undefined;
  const instant = seconds * SECOND + BigInt(nanos);
  return instant === 0n ? undefined : instant;
}
