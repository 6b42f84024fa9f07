/** Reads a file of rules, and reports every problem with its line. */
import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { readTrusted, UntrustedError } from '../../trust.ts';
import { RulesError, type RulesProblem } from './error.ts';
import { withoutMissingSecrets } from './missing-secrets.ts';
import type { Rule } from './rule.ts';
import { rulesFile } from './rule-schema.ts';

/** Largest file: in characters. */
const LARGEST = 1024 * 1024;

/**
 * Reads a file of rules.
 *
 * @throws RulesError if the file cannot be read or is invalid
 */
export function readRules(file: string): readonly Rule[] {
  return parseRules(textOf(file), file);
}

/** Checked rules, and the secrets that a daemon still needs to run them. */
export interface Checked {
  readonly rules: readonly Rule[];
  /** A line for each secret that is missing on this machine: `FILE:LINE: PATH: REASON`. */
  readonly missing: readonly string[];
}

/**
 * Checks a file of rules as `readRules` does, but without the secrets that it names: use the rules
 * only to show them.
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

/** @throws RulesError if the file cannot be read */
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
 * Parses rules from YAML.
 *
 * @param file its name, for messages
 * @throws RulesError if the text is invalid
 */
export function parseRules(text: string, file = 'rules'): readonly Rule[] {
  return parse(text, file, (value) => value);
}

type ProblemAt = (path: readonly PropertyKey[], message: string) => RulesProblem;

/** @param prepare changes the content before the check */
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
        message: `not valid YAML: ${message.replace(/ at line[^]*$/, '').replaceAll('\n', ' ')}`,
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

/** @throws RulesError if aliases expand to more than the limit */
function valueOf(document: Document, file: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    throw new RulesError(file, [{ line: 1, path: '', message: (error as Error).message }]);
  }
}

/** Reports each unknown key by itself, at its own place. */
function placesOf(issue: z.core.$ZodIssue): readonly (readonly PropertyKey[])[] {
  return issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
}

/** Offset of the key or item at a path, or of its nearest existing parent. */
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

/** The problem and its remedy, in the words of the rule file. */
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
