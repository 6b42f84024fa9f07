/**
 * Regular expressions from clients, in RE2's syntax: they run in time proportional to the lengths
 * of expression and name (https://github.com/google/re2/wiki/Syntax). JavaScript's own expressions
 * backtrack: one client could block all others.
 */
import { RE2JS } from 're2js';
import type { FailPattern } from '../../../operators/name-pattern.ts';

/** A compiled expression. */
export interface Expression {
  /** Instructions of the compiled program: time and memory are proportional to it. */
  readonly size: number;
  test(text: string): boolean;
}

/**
 * The part of a source that the size and the support depend on; other characters are one
 * instruction each.
 */
const TOKEN =
  /(?<look>\(\?<?[=!])|(?<open>\((?:\?(?::|<\w+>))?)|(?<close>\))|(?<back>\\(?:[1-9]|k<))|(?<property>\\[pP])|(?<escape>\\[A-Za-z])|\\.|\[(?<posix>\[[:.=])?(?:\\.|[^\]\\])*\]|(?<star>[*+?])|(?<most>\{(?<least>\d+)(?:,(?<upper>\d*))?\})|./gsu;

/** Letters that a backslash may precede; `\u`, `\x` and `\c` introduce characters. */
const ESCAPES = 'dDwWsSbBnrtfvuxc';

/** JavaScript's flags that RE2 has. Its characters are always code points, as with `u`. */
const FLAGS: Readonly<Record<string, number>> = {
  i: RE2JS.CASE_INSENSITIVE,
  m: RE2JS.MULTILINE,
  s: RE2JS.DOTALL,
  u: 0,
};

/**
 * Compiles an expression that is valid in JavaScript.
 *
 * @param most the largest program, in instructions: larger ones are refused before they are
 *   compiled
 * @param fail reports what is not supported
 */
export function compileExpression(
  source: string,
  flags: string,
  most: number,
  fail: FailPattern,
): Expression {
  const flag = flags.split('').find((each) => FLAGS[each] === undefined);
  if (flag !== undefined) fail(source.length + 1, `the flag ${flag} is not supported by a daemon`);
  check(source, flags, fail);
  const size = sizeOf(source);
  if (size > most) {
    fail(0, `a regular expression too large: about ${size} instructions, at most ${most} are taken`);
  }
  const bits = flags.split('').reduce((sum, each) => sum | (FLAGS[each] as number), 0);
  try {
    const compiled = RE2JS.compile(RE2JS.translateRegExp(source), bits);
    return { size, test: (text) => compiled.test(text) };
  } catch (error) {
    return fail(0, `a regular expression that a daemon does not support (${(error as Error).message})`);
  }
}

/** Refuses syntax that RE2 lacks or reads differently from JavaScript. */
function check(source: string, flags: string, fail: FailPattern): void {
  for (const { 0: text, index, groups: found = {} } of source.matchAll(TOKEN)) {
    const refuse = (what: string): never => fail(index, `${what}, which a daemon does not support`);
    if (found['look'] !== undefined) refuse(`look-around ${text}…)`);
    if (found['back'] !== undefined) refuse(`the back-reference ${text}`);
    if (found['property'] !== undefined && !flags.includes('u')) refuse(`${text} without the flag u`);
    if (found['posix'] !== undefined) refuse(`the class [${found['posix']}`);
    if (found['escape'] !== undefined && !ESCAPES.includes(text.charAt(1))) refuse(`the escape ${text}`);
  }
}

/**
 * Estimates the size of the program, at least: a repetition `{n,m}` repeats its part m times, so
 * that a few characters can stand for millions of instructions.
 */
function sizeOf(source: string): number {
  /** The sizes of the groups that are open, outermost first. */
  const open = [0];
  let last = 0;
  for (const { groups: found = {} } of source.matchAll(TOKEN)) {
    let added = 1;
    if (found['open'] !== undefined) {
      open.push(2);
      last = 0;
      continue;
    }
    if (found['close'] !== undefined && open.length > 1) added = open.pop() as number;
    else if (found['most'] !== undefined) {
      const times = Math.max(Number(found['least']), Number(found['upper'] ?? 0)) + 1;
      added = last * (times - 1) + 2 * times;
    } else if (found['star'] !== undefined) added = 2;
    open[open.length - 1] = (open.at(-1) as number) + added;
    last = added;
  }
  return open.reduce((sum, each) => sum + each, 0);
}
