/**
 * Finds the word that was probably meant: the nearest one within two typing errors (an extra,
 * missing or wrong character, or two swapped); within one for words of up to three characters.
 * Letter case does not count.
 *
 * @returns undefined if no word is that near
 */
export function closest(word: string, words: Iterable<string>): string | undefined {
  const wanted = word.toLowerCase();
  let best: string | undefined;
  let least = word.length <= 3 ? 2 : 3;
  for (const each of words) {
    if (Math.abs(each.length - word.length) >= least) continue;
    const errors = distance(wanted, each.toLowerCase());
    if (errors < least) [best, least] = [each, errors];
  }
  return best;
}

/**
 * Optimal string alignment: insertions, deletions, replacements and swaps of neighbours, each
 * counted as one.
 */
function distance(one: string, other: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, j) => j);
  for (let i = 1; i <= one.length; i++) {
    const row = [i];
    for (let j = 1; j <= other.length; j++) {
      const isSame = one[i - 1] === other[j - 1];
      const replaced = (last[j - 1] as number) + (isSame ? 0 : 1);
      let errors = Math.min((last[j] as number) + 1, (row[j - 1] as number) + 1, replaced);
      const isSwap = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      if (isSwap) errors = Math.min(errors, (beforeLast[j - 2] as number) + 1);
      row.push(errors);
    }
    [beforeLast, last] = [last, row];
  }
  return last[other.length] as number;
}
