/**
 * Parses templates. It supports the part of Go's text/template that lines need: fields, functions,
 * literals, pipes, `{{-` and `-}}`; no control structures.
 */
import { FUNCTIONS } from './functions.ts';
import type { PathCheck } from './values.ts';

type LookUp = (path: readonly string[]) => unknown;

/** Literal text, or a function of the fields. */
export type TemplatePart = string | ((lookUp: LookUp) => unknown);

interface Token {
  readonly kind: 'path' | 'word' | 'string' | 'number' | 'pipe' | 'end';
  readonly text: string;
  readonly at: number;
}

/** A value in an action, and its position. */
interface Operand {
  readonly kind: 'path' | 'string' | 'number' | 'piped';
  readonly at: number;
  readonly evaluate: (lookUp: LookUp) => unknown;
}

const TOKENS: readonly (readonly [Token['kind'], RegExp])[] = [
  ['end', /(?: -)?\}\}/y],
  ['path', /(?:\.[A-Za-z_]\w*)+|\./y],
  ['word', /[A-Za-z_]\w*/y],
  ['string', /"(?:[^"\\\n]|\\.)*"|`[^`]*`/y],
  ['number', /\d{1,4}\b/y],
  ['pipe', /\|/y],
];

/** Largest argument of `pad` and `truncate`. */
const LARGEST = 1000;

/**
 * Parses a template. In its text, `\t` and `\n` are a tab and a line feed, as in Docker's other
 * commands.
 *
 * @throws RangeError if it is invalid: with the position and a remedy
 */
export function parseTemplate(template: string, wrongPath: PathCheck): readonly TemplatePart[] {
  const parts: TemplatePart[] = [];
  let at = 0;
  let trimNext = false;
  for (let open = template.indexOf('{{'); open >= 0; open = template.indexOf('{{', at)) {
    const trimBefore = /^-\s/.test(template.slice(open + 2, open + 4));
    parts.push(literal(template.slice(at, open), trimNext, trimBefore));
    const tokens = tokenize(template, open + (trimBefore ? 3 : 2));
    parts.push(pipeline(template, tokens, wrongPath));
    const end = tokens.at(-1) as Token;
    trimNext = end.text.startsWith(' -');
    at = end.at + end.text.length;
  }
  parts.push(literal(template.slice(at), trimNext, false));
  return parts.filter((part) => part !== '');
}

function literal(text: string, trimStart: boolean, trimEnd: boolean): string {
  const trimmed = trimStart ? text.trimStart() : text;
  return (trimEnd ? trimmed.trimEnd() : trimmed).replaceAll('\\t', '\t').replaceAll('\\n', '\n');
}

/** The tokens from here to the end of the action, inclusive. */
function tokenize(template: string, start: number): readonly Token[] {
  const tokens: Token[] = [];
  for (let at = start; ;) {
    const token = TOKENS.map(([kind, pattern]) => {
      pattern.lastIndex = at;
      return { kind, text: pattern.exec(template)?.[0] ?? '', at };
    }).find(({ text }) => text !== '');
    if (token !== undefined) {
      tokens.push(token);
      if (token.kind === 'end') return tokens;
      at += token.text.length;
    } else if (/\s/.test(template[at] ?? '')) at++;
    else if (at >= template.length) throw invalid(template, start - 2, "'{{' without its '}}'");
    else throw invalid(template, at, `unexpected ${JSON.stringify(template[at])}`);
  }
}

/** `command | command …`: each gets the result of the one before as its last argument. */
function pipeline(template: string, tokens: readonly Token[], wrongPath: PathCheck): TemplatePart {
  let piped: Operand | undefined;
  let command: Token[] = [];
  for (const token of tokens) {
    if (token.kind !== 'pipe' && token.kind !== 'end') {
      command.push(token);
      continue;
    }
    if (command.length === 0) throw invalid(template, token.at, 'nothing to print');
    const evaluate = commandOf(template, command, piped, wrongPath);
    piped = { kind: 'piped', at: token.at, evaluate };
    command = [];
  }
  return (piped as Operand).evaluate;
}

function commandOf(
  template: string,
  [first, ...rest]: readonly Token[],
  piped: Operand | undefined,
  wrongPath: PathCheck,
): Operand['evaluate'] {
  const { kind, text, at } = first as Token;
  const operands = rest.map((token) => operand(template, token, wrongPath));
  if (kind !== 'word') {
    const extra = operands[0] ?? piped;
    if (extra !== undefined)
      throw invalid(template, extra.at, `${text} is not a function and takes no arguments`);
    return operand(template, first as Token, wrongPath).evaluate;
  }
  const called = Object.hasOwn(FUNCTIONS, text) ? FUNCTIONS[text] : undefined;
  if (called === undefined) {
    throw invalid(template, at, `unknown function ${text}: known are ${Object.keys(FUNCTIONS).join(', ')}`);
  }
  const values = piped === undefined ? operands : [...operands, piped];
  const { takes, example } = called;
  if (values.length !== takes.length) {
    const arguments_ = takes.length === 1 ? 'one argument' : `${takes.length} arguments`;
    throw invalid(template, at, `${text} takes ${arguments_}, not ${values.length}, as in ${example}`);
  }
  for (const [i, value] of values.entries()) {
    const fits =
      takes[i] === 'any' || (takes[i] === 'number' ? value.kind === 'number' : value.kind !== 'number');
    if (!fits) throw invalid(template, value.at, `${text} takes a ${takes[i]} here, as in ${example}`);
  }
  return (lookUp) => called.call(...values.map((value) => value.evaluate(lookUp)));
}

function operand(template: string, { kind, text, at }: Token, wrongPath: PathCheck): Operand {
  if (kind === 'path') {
    const path = text === '.' ? [] : text.slice(1).split('.');
    const wrong = wrongPath(path);
    if (wrong !== undefined) throw invalid(template, at, wrong);
    return { kind, at, evaluate: (lookUp) => lookUp(path) };
  }
  if (kind === 'string') {
    const value = text.startsWith('`') ? text.slice(1, -1) : unquote(template, text, at);
    return { kind, at, evaluate: () => value };
  }
  const value = Number(text);
  if (kind !== 'number') {
    throw invalid(template, at, `unexpected ${text}: a function comes first, as in {{json .Actor}}`);
  }
  if (value > LARGEST) throw invalid(template, at, `${text} is more than ${LARGEST}`);
  return { kind, at, evaluate: () => value };
}

function unquote(template: string, text: string, at: number): string {
  try {
    return JSON.parse(text) as string;
  } catch {
    throw invalid(template, at, `${text} has an escape that is not known`);
  }
}

function invalid(template: string, at: number, wrong: string): RangeError {
  return new RangeError(
    `invalid template ${JSON.stringify(template.slice(0, 80))}: ${wrong}, at position ${at}`,
  );
}
