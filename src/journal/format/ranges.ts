/** Ranges of the values on disk. A value that no writer makes is damage, even if its checksum is right. */
import type { Instant } from '../../instant.ts';
import { isWhole } from '../../whole-number.ts';

/**
 * The last number with which a journal continues. More numbers follow it than a run can give out,
 * so every number of a run is exact in a double.
 */
export const LAST_START: number = 2 ** 52;

const INSTANT = /^-?\d{1,22}$/;
/** The latest time that a `Date` can hold: in ns since the Unix epoch. */
const LATEST: Instant = 8_640_000_000_000_000n * 1_000_000n;
const EPOCH = /^[0-9a-z]{1,16}$/;

/** Tests for the name of a numbering, as cursors hold it. */
export function isEpoch(value: unknown): value is string {
  return typeof value === 'string' && EPOCH.test(value);
}

/** Tests for a start value of checksums: a whole number in 32 bits. */
export function isSalt(value: unknown): value is number {
  return isWhole(value) && value < 2 ** 32;
}

/** Tests for a decimal number of nanoseconds since the Unix epoch: see {@link isInstant}. */
export function isInstantText(value: unknown): value is string {
  return typeof value === 'string' && INSTANT.test(value) && isInstant(BigInt(value));
}

/** @throws RangeError if the text is not a time: see {@link isInstantText} */
export function instantOf(text: unknown): Instant {
  if (isInstantText(text)) return BigInt(text);
  throw new RangeError('an invalid time');
}

/** Tests for a time that a `Date` can hold: every reader can format it. */
export function isInstant(time: Instant): boolean {
  return time >= -LATEST && time <= LATEST;
}
