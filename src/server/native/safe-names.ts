/** Regular expressions from clients: one that can take for ever on a name made for it would hold up everybody. */

/** How many parts may be repeated: each more can cost as many times the length of a name again. */
const REPEATS = 3;

/** How many parts may be optional: each more can cost twice as much. */
const OPTIONS = 8;

/** What matters of a regular expression: references back, groups, what is repeated or optional, alternatives. */
const TOKEN =
  /(?<back>\\k<|\\[1-9])|\\.|\[(?:\\.|[^\]\\])*\]|(?<look>\(\?<?[=!])|(?<open>\((?:\?(?::|<\w*>))?)|(?<close>\))|(?<or>\|)|(?<option>\?)|(?<repeat>[*+]|\{\d+(?:,\d*)?\})|./gsu;

/** A group, or the whole: whether something in it can match in more than one way. */
interface Group {
  varies: boolean;
}

/**
 * Refuses names that are regular expressions of a kind which can take for ever: with references back or looks ahead or
 * behind, with a repeated group that has repetition, options or alternatives in it, or with many repeated or optional parts.
 *
 * @throws RangeError naming the pattern and why
 */
export function checkNames(names: readonly string[]): void {
  for (const name of names) {
    const source = /^!?\/(.*)\/\w*$/s.exec(name)?.[1];
    const why = source === undefined ? undefined : slowness(source);
    if (why === undefined) continue;
    throw new RangeError(
      `parameter 'name': ${JSON.stringify(name.slice(0, 80))} has ${why}, which can take for ever on some names: ` +
        'a daemon takes only simpler ones; names, globs and several patterns are alternatives',
    );
  }
}

function slowness(source: string): string | undefined {
  const groups: Group[] = [{ varies: false }];
  let closed: Group | undefined;
  let [repeats, options] = [0, 0];
  for (const { groups: found = {} } of source.matchAll(TOKEN)) {
    const group = groups.at(-1) as Group;
    if (found['back'] !== undefined) return 'a reference back';
    if (found['look'] !== undefined) return 'a look ahead or behind';
    if (found['repeat'] !== undefined) {
      if (closed?.varies === true) return 'a repeated group with repetition, options or alternatives in it';
      if (++repeats > REPEATS) return `more than ${REPEATS} repeated parts`;
      group.varies = true;
    }
    if (found['option'] !== undefined) {
      if (++options > OPTIONS) return `more than ${OPTIONS} optional parts`;
      group.varies = true;
    }
    closed = undefined;
    if (found['open'] !== undefined) groups.push({ varies: false });
    if (found['or'] !== undefined) group.varies = true;
    if (found['close'] !== undefined && groups.length > 1) {
      closed = groups.pop() as Group;
      (groups.at(-1) as Group).varies ||= closed.varies;
    }
  }
  return undefined;
}
