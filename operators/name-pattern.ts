/** Parses and matches name patterns. */
import { show } from './check.ts';
import { compileGlob } from './glob.ts';
import type { Named } from './shapes.ts';

/** A compiled pattern. */
export interface NamePattern {
  /** The pattern as written. */
  readonly pattern: string;
  /** True if a match excludes (`!…`). */
  readonly negated: boolean;
  /** The name or full id, if the pattern is one. */
  readonly exact?: string;
  /** The id prefix, if the pattern can be one: 12 to 63 hex digits. */
  readonly idPrefix?: string;
  /** Tests, without the `!`, the name, or the id of an object without a name. */
  matches(named: Named): boolean;
}

/** Longest pattern, in characters: it bounds the cost of compiling an untrusted pattern. */
const LONGEST = 1000;

/**
 * Reports an error in a pattern: its index in the compiled text, and its description. Throws a
 * RangeError.
 */
export type FailPattern = (position: number, wrong: string) => never;

/**
 * Compiles the source and the flags of a valid JavaScript regular expression to a predicate.
 * Reports unsupported syntax to `fail`.
 */
export type CompileExpression = (
  source: string,
  flags: string,
  fail: FailPattern,
) => (text: string) => boolean;

const javaScript: CompileExpression = (source, flags) => {
  const expression = new RegExp(source, flags);
  return (text) => expression.test(text);
};

/**
 * Parses a pattern: an exact name, a full id, 12 or more hex digits of an id, a glob (`web-*`,
 * `db?`, `node[0-9]`), or a regular expression (`/…/`, with flags `i`, `u`, `v`, `s`, `m`); a
 * leading `!` negates.
 *
 * A pattern has at most 1,000 characters. Matching a glob takes at most time proportional to the
 * lengths of pattern and name. JavaScript's regular expressions backtrack, and one like `/(a+)+$/`
 * can take hours on a long name: parse untrusted patterns with {@link createNameParser}.
 *
 * @throws RangeError if the pattern is invalid: with the pattern, the position and a valid form
 */
export function parseNamePattern(pattern: string): NamePattern {
  return parse(pattern, javaScript);
}

/**
 * Makes a parser like {@link parseNamePattern} with another compiler of regular expressions, for
 * example one with linear run time.
 */
export function createNameParser(compile: CompileExpression): (pattern: string) => NamePattern {
  return (pattern) => parse(pattern, compile);
}

function parse(pattern: string, compile: CompileExpression): NamePattern {
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
    const matches = regularExpression(body, compile, fail);
    return { pattern, negated, matches: ({ id, name }) => matches(name ?? id) };
  }
  if (/[*?[]/.test(body)) {
    const matches = compileGlob(body, fail);
    return { pattern, negated, matches: ({ id, name }) => matches(name ?? id) };
  }
  if (isIdPrefix(body)) {
    const idPrefix = body.toLowerCase();
    const matches = ({ id, name }: Named): boolean => name === body || id.startsWith(idPrefix);
    return { pattern, negated, exact: body, idPrefix, matches };
  }
  return { pattern, negated, exact: body, matches: ({ id, name }) => name === body || id === body };
}

/** Tests for a possible id prefix: 12 to 63 hex digits. */
export function isIdPrefix(text: string): boolean {
  return /^[0-9a-f]{12,63}$/i.test(text);
}

/** A pattern as operators take it: a text, a regular expression, or a parsed pattern. */
export type NamePatternInput = string | RegExp | NamePattern;

/**
 * Parses texts and regular expressions; keeps parsed patterns.
 *
 * @throws RangeError if a pattern is invalid
 */
export function namePatterns(
  patterns: NamePatternInput | readonly NamePatternInput[],
): readonly NamePattern[] {
  const list = Array.isArray(patterns) ? patterns : [patterns];
  return list.map((each: NamePatternInput) => {
    if (typeof each === 'string') return parseNamePattern(each);
    return each instanceof RegExp ? ofExpression(each) : each;
  });
}

/** Without the flags `g` and `y`, which give an expression a state. */
function ofExpression({ source, flags }: RegExp): NamePattern {
  const expression = new RegExp(source, flags.replaceAll(/[gy]/g, ''));
  return {
    pattern: String(expression),
    negated: false,
    matches: ({ id, name }) => expression.test(name ?? id),
  };
}

function regularExpression(
  body: string,
  compile: CompileExpression,
  fail: FailPattern,
): (text: string) => boolean {
  const close = body.lastIndexOf('/');
  if (close === 0) fail(body.length, "a regular expression without its closing '/'");
  const source = body.slice(1, close);
  const flags = body.slice(close + 1);
  const unknown = /[^iuvsm]|(.).*\1|u.*v|v.*u/.exec(flags);
  if (unknown) fail(close + 1 + unknown.index, `flags ${JSON.stringify(flags)} (known: i, m, s, and u or v)`);
  const wrong = reason(source, flags);
  if (wrong !== undefined) fail(1 + errorPosition(source, flags), wrong);
  return compile(source, flags, (position, unsupported) => fail(1 + position, unsupported));
}

/** The JavaScript engine's error, without its repetition of the source. */
function reason(source: string, flags: string): string | undefined {
  try {
    void new RegExp(source, flags);
    return undefined;
  } catch (error) {
    return (error as Error).message.replace(/^.*: /s, '').toLowerCase();
  }
}

/**
 * Position of an error in a regular expression: the first character from which no prefix is valid.
 */
function errorPosition(source: string, flags: string): number {
  const wrong = reason(source, flags);
  let length = source.length;
  while (length > 1 && reason(source.slice(0, length - 1), flags) === wrong) length--;
  return length - 1;
}
