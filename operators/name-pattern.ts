/** Patterns for names: what one selects, and what is wrong with one that is none. */
import { show } from './check.ts';
import { compileGlob } from './glob.ts';
import type { Named } from './shapes.ts';

/** A pattern, ready to be asked. */
export interface NamePattern {
  /** As it was written. */
  readonly pattern: string;
  /** Whether a match excludes (`!…`). */
  readonly negated: boolean;
  /** The name or full id, where the pattern is one. */
  readonly exact?: string;
  /** The prefix of an id, where the pattern can be one: 12 to 63 hex digits. */
  readonly idPrefix?: string;
  /** Whether the pattern, without its `!`, is met by the name, or by the id where there is no name. */
  matches(named: Named): boolean;
}

/** The longest pattern, in characters: a bound on what a pattern from outside can cost to compile. */
const LONGEST = 1000;

/**
 * Reads a pattern: an exact name, a full id, 12 or more hex digits of an id, a glob (`web-*`, `db?`,
 * `node[0-9]`), or a regular expression (`/…/`, with flags `i`, `u`, `v`, `s`, `m`); `!` before it negates.
 *
 * A pattern has at most 1,000 characters. Globs take time in proportion to pattern and name; a regular
 * expression runs as JavaScript runs it, and one like `/(a+)+$/` can take for ever on a name made for it: do
 * not take those from people who are not trusted.
 *
 * @throws RangeError when it is none of these: with the pattern, the position and what would be right
 */
export function parseNamePattern(pattern: string): NamePattern {
  const negated = pattern.startsWith('!');
  const offset = negated ? 1 : 0;
  const body = pattern.slice(offset);
  const fail = (position: number, wrong: string): never => {
    throw new RangeError(
      `invalid name pattern ${show(pattern)}: ${wrong} at position ${position + offset}; ` +
        `right would be a name, an id, a glob like web-* or a regular expression like /^web-\\d+$/`,
    );
  };
  if (body === '') fail(0, 'nothing to match');
  if (pattern.length > LONGEST) fail(LONGEST, `longer than ${LONGEST} characters`);
  if (body.startsWith('/')) {
    const expression = regularExpression(body, fail);
    return { pattern, negated, matches: ({ id, name }) => expression.test(name ?? id) };
  }
  if (/[*?[]/.test(body)) {
    const matches = compileGlob(body, fail);
    return { pattern, negated, matches: ({ id, name }) => matches(name ?? id) };
  }
  if (/^[0-9a-f]{12,63}$/i.test(body)) {
    const idPrefix = body.toLowerCase();
    const matches = ({ id, name }: Named): boolean => name === body || id.startsWith(idPrefix);
    return { pattern, negated, exact: body, idPrefix, matches };
  }
  return { pattern, negated, exact: body, matches: ({ id, name }) => name === body || id === body };
}

type Fail = (position: number, wrong: string) => never;

function regularExpression(body: string, fail: Fail): RegExp {
  const close = body.lastIndexOf('/');
  if (close === 0) fail(body.length, "a regular expression without its closing '/'");
  const source = body.slice(1, close);
  const flags = body.slice(close + 1);
  const unknown = /[^iuvsm]|(.).*\1|u.*v|v.*u/.exec(flags);
  if (unknown) fail(close + 1 + unknown.index, `flags ${JSON.stringify(flags)} (known: i, m, s, and u or v)`);
  try {
    return new RegExp(source, flags);
  } catch {
    return fail(1 + errorPosition(source, flags), reason(source, flags) ?? 'no regular expression');
  }
}

/** What the engine says of the source, without its repetition of the source. */
function reason(source: string, flags: string): string | undefined {
  try {
    void new RegExp(source, flags);
    return undefined;
  } catch (error) {
    return (error as Error).message.replace(/^.*: /s, '').toLowerCase();
  }
}

/** Where a regular expression goes wrong: the first character from which on no prefix is right any more. */
function errorPosition(source: string, flags: string): number {
  const wrong = reason(source, flags);
  let length = source.length;
  while (length > 1 && reason(source.slice(0, length - 1), flags) === wrong) length--;
  return length - 1;
}
