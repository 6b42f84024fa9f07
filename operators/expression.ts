/**
 * Filter expressions: `web-* event=die exitCode!=0`. One language for the command line, the page
 * and the library.
 */
import { show } from './check.ts';
import { closest } from './closest.ts';
import { wholeNumber } from './exit-code.ts';
import { FILTER_KEYS, type FilterKey, type Filters, isFilterName } from './filters.ts';
import { compileGlob } from './glob.ts';
import { parseNamePattern } from './name-pattern.ts';

/** Names and filters, as `byName` and `byFilters` take them. */
export interface Selection {
  /** Name patterns: one match is enough; a match of a negated one excludes. */
  readonly names: readonly string[];
  /** All keys are required. */
  readonly filters: Filters;
}

/** Syntax error in a filter expression, with its position. */
export class ExpressionError extends RangeError {
  override readonly name = 'ExpressionError';
  /** The given expression. */
  readonly expression: string;
  /** Index of the first wrong character, from 0, in UTF-16 code units. */
  readonly position: number;
  /** Count of wrong characters, 1 or more. */
  readonly length: number;

  constructor(expression: string, position: number, length: number, wrong: string, right = '') {
    super(`invalid filter ${show(expression)}: ${wrong} at position ${position}${right && `; ${right}`}`);
    this.expression = expression;
    this.position = position;
    this.length = Math.max(1, length);
  }
}

/** Longest expression, in characters. */
const LONGEST = 10_000;

/**
 * Parses a filter expression: terms separated by spaces, all required.
 *
 * - `web`, `web-*`, `/^db/`, `!test`: a name pattern, see {@link parseNamePattern}. One of several
 *   is enough.
 * - `event=die`, `label=tier=front`: a filter. `!=` excludes; `exitCode` also takes `<`, `<=`, `>`
 *   and `>=`.
 * - `event=start,die`: alternatives, like `event=start event=die`. Labels are not split.
 * - `event=exec*`: a glob, with `*` and `?`.
 * - Quotes (`"…"`, `'…'`) make spaces, commas and wildcards literal; a backslash makes the next
 *   character literal.
 *
 * @throws ExpressionError (a RangeError) with the position of the error; also for more than 10,000
 *   characters
 * @example
 * parseExpression('web-* event=die,oom exitCode!=0')
 * // { names: ['web-*'], filters: { event: ['die', 'oom'], 'exitCode!': ['0'] } }
 */
export function parseExpression(expression: string): Selection {
  if (typeof expression !== 'string')
    throw new RangeError(`invalid filter ${show(expression)}: must be a text`);
  if (expression.length > LONGEST) {
    throw new ExpressionError(expression, LONGEST, 1, `longer than ${LONGEST} characters`);
  }
  return select(termsOf(expression).map((term) => readTerm(expression, term)));
}

/**
 * Parses terms that a shell has split already: like {@link parseExpression}, but spaces and quotes
 * in a term are literal.
 *
 * @throws ExpressionError (a RangeError) whose `expression` is the invalid term
 */
export function parseTerms(terms: readonly string[]): Selection {
  return select(terms.map((text) => readTerm(text, plainTerm(text))));
}

/**
 * Parses one filter of a command line: `event=die`, `label=tier=web`, `name!=db`, `exitCode>0`.
 *
 * @returns its key, followed by the operator unless that is `=`, and its value, which may be a list
 *   with commas
 * @throws ExpressionError (a RangeError) if it is not a filter, or its key is unknown
 */
export function parseFilter(text: string): readonly [key: FilterKey, value: string] {
  const filters = readFilters(text);
  const [{ key }] = filters as [Filter];
  return [key, filters.map(({ value }) => value).join(',')];
}

/**
 * Parses filters of a command line. Merges the values of each key.
 *
 * @throws ExpressionError (a RangeError) as {@link parseFilter}
 */
export function parseFilters(texts: readonly string[]): Filters {
  return select(texts.map((text) => ({ filters: readFilters(text) }))).filters;
}

/**
 * Writes a selection as an expression; parsing it gives an equal selection.
 *
 * @example
 * formatExpression({ names: ['web-*'], filters: { event: ['die'] } }) // 'web-* event=die'
 */
export function formatExpression({ names, filters }: Selection): string {
  const terms = names.map((name) => (/[\s"'\\=<>~]/.test(name) ? quote(name) : name));
  for (const [key, values = []] of Object.entries(filters)) {
    const [, name = '', operator = ''] = /^(\w+)(.*)$/.exec(key) ?? [];
    for (const value of values) {
      terms.push(
        operator.endsWith('~')
          ? `${name}${operator}${value.replaceAll(/[\s"'\\,]/g, '\\$&')}`
          : `${name}${operator === '!' ? '!=' : operator || '='}${quoteIfNeeded(value)}`,
      );
    }
  }
  return terms.join(' ');
}

function quoteIfNeeded(value: string): string {
  return value === '' || /[\s"'\\,*?]/.test(value) ? quote(value) : value;
}

function quote(text: string): string {
  return `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
}

/**
 * A character of a term, and its position. Literal: quoted, so not an operator, comma or wildcard.
 */
interface Char {
  readonly char: string;
  readonly at: number;
  readonly literal: boolean;
}

interface Term {
  readonly chars: readonly Char[];
  /** The position of the term, including quotes. */
  readonly start: number;
  readonly end: number;
}

function plainTerm(text: string): Term {
  const chars = Array.from({ length: text.length }, (_, at) => ({
    char: text.charAt(at),
    at,
    literal: false,
  }));
  return { chars, start: 0, end: text.length };
}

function termsOf(expression: string): Term[] {
  const terms: Term[] = [];
  let at = 0;
  while (at < expression.length) {
    if (/\s/.test(expression.charAt(at))) at++;
    else {
      const term = termAt(expression, at);
      terms.push(term);
      at = term.end;
    }
  }
  return terms;
}

function termAt(expression: string, start: number): Term {
  const chars: Char[] = [];
  let quoted: { readonly by: string; readonly at: number } | undefined;
  // A backslash in a regular expression keeps its meaning there.
  const isRegExp = /^!?\//.test(expression.slice(start, start + 2));
  let at = start;
  for (; at < expression.length; at++) {
    const char = expression.charAt(at);
    if (char === quoted?.by) quoted = undefined;
    else if (quoted === undefined && !isRegExp && (char === '"' || char === "'")) quoted = { by: char, at };
    else if (char === '\\' && !isRegExp && quoted?.by !== "'") {
      at++;
      if (at >= expression.length)
        throw new ExpressionError(expression, at - 1, 1, 'nothing after the backslash');
      chars.push({ char: expression.charAt(at), at, literal: true });
    } else if (quoted === undefined && /\s/.test(char)) break;
    else chars.push({ char, at, literal: quoted !== undefined });
  }
  if (quoted !== undefined) {
    throw new ExpressionError(expression, quoted.at, 1, `a quote ${quoted.by} without its end`);
  }
  return { chars, start, end: at };
}

type Read = { readonly name: string } | { readonly filters: readonly Filter[] };

interface Filter {
  readonly key: FilterKey;
  readonly value: string;
}

const OPERATORS = ['!=', '!~', '<=', '>=', '=', '~', '<', '>'];

function readTerm(expression: string, term: Term): Read {
  const { chars, start, end } = term;
  const text = textOf(chars);
  // A literal character is part of neither a key nor an operator.
  const syntax = chars.map(({ char, literal }) => (literal ? '\0' : char)).join('');
  const [head = ''] = /^[\w.-]+/.exec(syntax) ?? [];
  const operator = OPERATORS.find((each) => syntax.startsWith(each, head.length));
  if (head === '' || operator === undefined) return { name: nameOf(expression, text, term) };

  const fail: Fail = (from, length, wrong, right) => {
    throw new ExpressionError(expression, chars[from]?.at ?? end, length, wrong, right);
  };
  if (!isFilterName(head)) {
    const meant = closest(head, FILTER_KEYS);
    const hint = meant === undefined ? '' : `did you mean ${meant}? `;
    return fail(0, head.length, `unknown filter ${show(head)}`, `${hint}keys are ${FILTER_KEYS.join(', ')}`);
  }
  checkOperator(head, operator, fail);
  const mayBeEmpty = head === 'label' || end - start > chars.length;
  const first = head.length + operator.length;
  const filters = valuesOf(head, chars.slice(first)).map((value): Filter => {
    const from = value[0] === undefined ? first : chars.indexOf(value[0]);
    if (value.length === 0 && !mayBeEmpty) {
      fail(head.length, operator.length, `no value for ${head}`, `right would be ${head}${operator}VALUE`);
    }
    if (head === 'exitCode' && wholeNumber(textOf(value)) === undefined) {
      fail(
        from,
        value.length,
        `invalid exit code ${show(textOf(value))}`,
        'a whole number, such as 0 or 137',
      );
    }
    const isGlob = operator.endsWith('~') || (operator.endsWith('=') && hasWildcard(value));
    if (!isGlob || head === 'exitCode') return { key: keyOf(head, operator), value: textOf(value) };
    const glob = globOf(value);
    compileGlob(glob, (at, wrong) =>
      fail(from + at, 1, wrong, 'right would be a glob like web-* or node[0-9]'),
    );
    return { key: keyOf(head, operator.replace('=', '~')), value: glob };
  });
  return { filters };
}

type Fail = (from: number, length: number, wrong: string, right: string) => never;

function checkOperator(head: string, operator: string, fail: Fail): void {
  if (head === 'exitCode') {
    if (operator.endsWith('~'))
      fail(head.length, operator.length, 'exitCode is a number', 'right would be exitCode!=0');
  } else if (/[<>]/.test(operator)) {
    fail(
      head.length,
      operator.length,
      `only exitCode can be compared with ${operator}`,
      `right would be ${head}=VALUE`,
    );
  }
}

/** `event=` → `event`, `event!=` → `event!`, `event!~`, `exitCode>=`. */
function keyOf(head: string, operator: string): FilterKey {
  return `${head}${operator === '=' ? '' : operator.replace('!=', '!')}` as FilterKey;
}

function nameOf(expression: string, text: string, { start, end }: Term): string {
  try {
    return parseNamePattern(text).pattern;
  } catch (error) {
    throw new ExpressionError(expression, start, end - start, (error as Error).message);
  }
}

function readFilters(text: string): readonly Filter[] {
  const read = readTerm(text, plainTerm(text));
  if ('filters' in read) return read.filters;
  const keys = FILTER_KEYS.join(', ');
  throw new ExpressionError(
    text,
    0,
    text.length,
    'not KEY=VALUE, KEY!=VALUE or exitCode>NUMBER',
    `keys are ${keys}`,
  );
}

/**
 * The alternatives of a value: words separated by commas. A value with spaces is one text, since
 * commands (`exec_start: sh -c a,b`) have commas; so is a label.
 */
function valuesOf(key: string, chars: readonly Char[]): (readonly Char[])[] {
  const isList = key !== 'label' && !chars.some(({ char, literal }) => !literal && /\s/.test(char));
  const values: Char[][] = [[]];
  for (const each of chars) {
    if (isList && each.char === ',' && !each.literal) values.push([]);
    else values.at(-1)?.push(each);
  }
  return values;
}

function hasWildcard(chars: readonly Char[]): boolean {
  return chars.some(({ char, literal }) => !literal && /[*?]/.test(char));
}

function textOf(chars: readonly Char[]): string {
  return chars.map(({ char }) => char).join('');
}

/** A glob whose quoted characters are literal. */
function globOf(chars: readonly Char[]): string {
  return chars.map(({ char, literal }) => (literal && /[*?[]/.test(char) ? `[${char}]` : char)).join('');
}

function select(terms: readonly Read[]): Selection {
  const names: string[] = [];
  const filters: { [K in FilterKey]?: string[] } = {};
  for (const term of terms) {
    if ('name' in term) names.push(term.name);
    else for (const { key, value } of term.filters) (filters[key] ??= []).push(value);
  }
  return { names, filters };
}
