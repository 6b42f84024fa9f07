/** The waits between attempts that fail. */

export interface BackoffOptions {
  /** The first wait, in ms: more than 0. */
  readonly first: number;
  /** The longest wait, in ms. */
  readonly longest: number;
  /** From 0 to 1: spreads many that met the same failure over the second half of the wait. Default: the whole wait. */
  readonly random?: (() => number) | undefined;
}

/** The wait before attempt `attempt`, which is 0 for the first repetition: it doubles, up to the longest. In ms. */
export function backoff(attempt: number, { first, longest, random = () => 1 }: BackoffOptions): number {
  const full = Math.min(longest, first * 2 ** attempt);
  return full / 2 + (full / 2) * random();
}
