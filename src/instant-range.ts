/** The range of instants that can be recorded. */
import type { Instant } from './instant.ts';

/** Tests whether 64 bits hold an instant: the years 1677 to 2262. */
export function isInRange(instant: Instant): boolean {
  return BigInt.asIntN(64, instant) === instant;
}
