/** Counts as a row of bars. */

const BARS = '·▁▂▃▄▅▆▇█';
const ASCII_BARS = ' .:-=+*%#';

/**
 * One character for each count: its height is its share of the highest.
 *
 * @param ascii for terminals without UTF-8
 */
export function sparkline(counts: readonly number[], ascii: boolean): string {
  const bars = ascii ? ASCII_BARS : BARS;
  const most = Math.max(...counts, 1);
  return counts.map((count) => bars[count === 0 ? 0 : Math.max(1, Math.round((count / most) * 8))]).join('');
}
