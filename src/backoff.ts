/** Delays between failed attempts. */

export interface BackoffOptions {
  /** The first delay, in ms: more than 0. */
  readonly first: number;
  /** The longest delay, in ms. */
  readonly longest: number;
  /**
   * Random number from 0 to 1: spreads clients with the same failure over the second half of the
   * delay. Default: the full delay.
   */
  readonly random?: (() => number) | undefined;
}

/**
 * The delay before attempt `attempt`, which is 0 for the first repetition: it doubles, up to the
 * longest. In ms.
 */
export function backoff(attempt: number, { first, longest, random = () => 1 }: BackoffOptions): number {
  const full = Math.min(longest, first * 2 ** attempt);
  return full / 2 + (full / 2) * random();
}
