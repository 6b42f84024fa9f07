/** Medians and spreads, which noise of the machine affects little. */

/**
 * The value below which that part (0 to 1) of the values lies, interpolated. @throws RangeError
 * without values
 */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * part;
  const low = sorted[Math.floor(at)];
  const high = sorted[Math.ceil(at)];
  if (low === undefined || high === undefined) throw new RangeError('no values: nothing was measured');
  return low + (high - low) * (at - Math.floor(at));
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** Two measurements taken in turn. */
export interface Pairs {
  readonly a: readonly number[];
  readonly b: readonly number[];
}

/** The ratio of the medians, and the quartiles of the ratios of neighbours. */
export interface Ratio {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export function ratioOf({ a, b }: Pairs): Ratio {
  const ratios = a.map((value, i) => value / (b[i] as number));
  return { value: median(a) / median(b), low: quantile(ratios, 0.25), high: quantile(ratios, 0.75) };
}

/**
 * Measures A B A B …: a disturbance of the machine affects both. The first pair warms up and is
 * dropped.
 */
export async function inTurn<T>(
  rounds: number,
  a: () => Promise<T>,
  b: () => Promise<T>,
): Promise<{ readonly a: readonly T[]; readonly b: readonly T[] }> {
  if (rounds > 1) await inTurnCold(1, a, b);
  return await inTurnCold(rounds, a, b);
}

/** The same with a new process for each measurement, without a warm-up. */
export async function inTurnCold<T>(
  rounds: number,
  a: () => Promise<T>,
  b: () => Promise<T>,
): Promise<{ readonly a: readonly T[]; readonly b: readonly T[] }> {
  const pairs = { a: [] as T[], b: [] as T[] };
  for (let round = 0; round < rounds; round++) {
    pairs.a.push(await a());
    pairs.b.push(await b());
  }
  return pairs;
}
