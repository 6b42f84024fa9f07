/**
 * Globs: `*` stands for any characters, `?` for one, `[a-z]` for one of a set, `[!a-z]` for one
 * outside it.
 */

type Matches = (char: string) => boolean;

const STAR = '*';

/**
 * Compiles a glob. A match takes at most time proportional to the product of the lengths of glob
 * and text; a regular expression made of the glob could take for ever.
 *
 * @param fail called with the error and its position in the glob; throws
 */
export function compileGlob(
  glob: string,
  fail: (position: number, wrong: string) => never,
): (text: string) => boolean {
  // Most globs are a name and a star.
  const [prefix = ''] = /^[^*?[]*/.exec(glob) ?? [];
  if (glob.length === prefix.length + 1 && glob.endsWith(STAR)) return (text) => text.startsWith(prefix);
  const parts: (typeof STAR | Matches)[] = [];
  for (let i = prefix.length; i < glob.length; i++) {
    const char = glob.charAt(i);
    if (char === STAR) parts.push(STAR);
    else if (char === '?') parts.push(() => true);
    else if (char === '[') {
      // A bracket directly after the opening one belongs to the set.
      const negated = glob[i + 1] === '!' || glob[i + 1] === '^';
      const begin = i + (negated ? 2 : 1);
      const end = glob.indexOf(']', begin + 1);
      if (end < 0) return fail(i, "a '[' without its ']'");
      const within = compileSet(glob.slice(begin, end), (at, wrong) => fail(begin + at, wrong));
      parts.push(negated ? (char) => !within(char) : within);
      i = end;
    } else parts.push((other) => other === char);
  }
  return (text) => text.startsWith(prefix) && matches(parts, text, prefix.length);
}

function compileSet(set: string, fail: (position: number, wrong: string) => never): Matches {
  const ranges: (readonly [low: string, high: string])[] = [];
  for (let i = 0; i < set.length; i++) {
    const low = set.charAt(i);
    const isRange = set[i + 1] === '-' && i + 2 < set.length;
    const high = isRange ? set.charAt(i + 2) : low;
    if (low > high) fail(i, `the range ${low}-${high} backwards`);
    ranges.push([low, high]);
    if (isRange) i += 2;
  }
  return (char) => ranges.some(([low, high]) => low <= char && char <= high);
}

/**
 * Matches from `at` on. Greedy: on a mismatch, the latest star takes one more character; earlier
 * stars need not change.
 */
function matches(parts: readonly (typeof STAR | Matches)[], text: string, at: number): boolean {
  let part = 0;
  let star = -1;
  let taken = 0;
  while (at < text.length) {
    const next = parts[part];
    if (next === STAR) {
      star = part++;
      taken = at;
    } else if (next?.(text.charAt(at))) {
      part++;
      at++;
    } else if (star >= 0) {
      part = star + 1;
      at = ++taken;
    } else return false;
  }
  while (parts[part] === STAR) part++;
  return part === parts.length;
}
