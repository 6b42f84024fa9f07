/** A file of rules, read: every problem with the line that it is on. */
import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { readTrusted, UntrustedError } from '../../trust.ts';
import { RulesError, type RulesProblem } from './error.ts';
import { withoutMissingSecrets } from './missing-secrets.ts';
import type { Rule } from './rule.ts';
import { rulesFile } from './schema.ts';

/** As large a file as is read: in characters. */
const LARGEST = 1024 * 1024;

/**
 * Reads a file of rules.
 *
 * @throws RulesError when it cannot be read, or anything in it makes no sense
 */
export function readRules(file: string): readonly Rule[] {
  return parseRules(textOf(file), file);
}

/** Rules that were checked, and what a daemon needs besides to put them in force. */
export interface Checked {
  readonly rules: readonly Rule[];
  /** A line for each secret that is not on this machine: `FILE:LINE: PATH: REASON`. */
  readonly missing: readonly string[];
}

/**
 * Checks a file of rules as `readRules` does, but needs none of the secrets that it names: the rules are for people to
 * read, not to be put in force.
 *
 * @throws RulesError as `readRules` does
 */
export function checkRules(file: string): Checked {
  const missing: RulesProblem[] = [];
  const rules = parse(textOf(file), file, (value, problem) => {
    const checked = withoutMissingSecrets(value);
    for (const { path, message } of checked.missing) missing.push(problem(path, message));
    return checked.value;
  });
  return { rules, missing: missing.length === 0 ? [] : new RulesError(file, missing).message.split('\n') };
}

/** @throws RulesError when it cannot be read */
function textOf(file: string): string {
  try {
    return readTrusted(file, 'the file').toString('utf8');
  } catch (error) {
    const why = (error as Error).message;
    const message = error instanceof UntrustedError ? why : `cannot be read: ${why}`;
    throw new RulesError(file, [{ line: 0, path: '', message }]);
  }
}

/**
 * Reads rules from YAML.
 *
 * @param file its name, for messages
 * @throws RulesError when anything in it makes no sense
 */
export function parseRules(text: string, file = 'rules'): readonly Rule[] {
  return parse(text, file, (value) => value);
}

type ProblemAt = (path: readonly PropertyKey[], message: string) => RulesProblem;

/** @param prepare changes the content before it is checked */
function parse(
  text: string,
  file: string,
  prepare: (value: unknown, problem: ProblemAt) => unknown,
): readonly Rule[] {
  if (text.length > LARGEST) {
    const message = `${text.length} characters, more than the ${LARGEST} that are read`;
    throw new RulesError(file, [{ line: 1, path: '', message }]);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const lineOf = (offset: number): number => Math.max(1, lines.linePos(offset).line);
  if (document.errors.length > 0) {
    throw new RulesError(
      file,
      document.errors.map(({ pos, message }) => ({
        line: lineOf(pos[0]),
        path: '',
        message: `no YAML: ${message.replace(/ at line[^]*$/, '').replaceAll('\n', ' ')}`,
      })),
    );
  }
  const problem: ProblemAt = (path, message) => ({
    line: lineOf(offsetOf(document, path)),
    path: pathText(path),
    message,
  });
  const parsed = rulesFile.safeParse(prepare(valueOf(document, file), problem), { error: wording });
  if (parsed.success) return parsed.data.rules;
  const problems = parsed.error.issues.flatMap((issue) =>
    placesOf(issue).map((path) => problem(path, issue.message)),
  );
  throw new RulesError(
    file,
    problems.toSorted((a, b) => a.line - b.line),
  );
}

/** @throws RulesError where aliases stand for more than the file could hold */
function valueOf(document: Document, file: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    throw new RulesError(file, [{ line: 1, path: '', message: (error as Error).message }]);
  }
}

/** Keys that are not known are a problem each, and it is theirs rather than that of what they stand in. */
function placesOf(issue: z.core.$ZodIssue): readonly (readonly PropertyKey[])[] {
  return issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
}

/** Where the key (or the item) at a path begins, or where what should have held it does. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length--) {
    const within = document.getIn(path.slice(0, length - 1), true);
    const last = path[length - 1];
    const node = isMap(within)
      ? within.items.find(({ key }) => isScalar(key) && key.value === last)?.key
      : document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
}

function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((key, i) => (typeof key === 'number' ? `[${key}]` : `${i === 0 ? '' : '.'}${String(key)}`))
    .join('');
}

/** What is wrong, and what would be right, in the words of who writes rules. */
function wording(issue: z.core.$ZodRawIssue): string | undefined {
  const given = issue.input === undefined ? 'missing' : JSON.stringify(issue.input)?.slice(0, 80);
  const { code } = issue;
  if (code === 'unrecognized_keys') {
    const shape = (issue.inst as { readonly shape?: object } | undefined)?.shape ?? {};
    return `unknown key: known are ${Object.keys(shape).join(', ')}`;
  }
  if (code === 'invalid_type') {
    const expected = TYPES[issue.expected] ?? issue.expected;
    return issue.input === undefined ? `is missing: ${expected}` : `must be ${expected}, not ${given}`;
  }
  if (code === 'too_small') return `must be ${issue.minimum} or more, not ${given}`;
  if (code === 'too_big') {
    return `must be ${issue.maximum} or less, not ${issue.origin === 'array' ? 'that many' : given}`;
  }
  return undefined;
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  array: 'a list',
  object: 'a mapping of keys to values',
  record: 'a mapping of names to texts',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a whole number',
};
