/** Reads a YAML file of settings, and reports every problem with its line. */
import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { readTrusted, UntrustedError } from '../trust.ts';
import { type FileError, type FileProblem, problemLines } from './error.ts';
import { withoutMissingSecrets } from './missing-secrets.ts';

/** Largest file: in characters. */
const LARGEST = 1024 * 1024;

type ProblemAt = (path: readonly PropertyKey[], message: string) => FileProblem;

/** A kind of files. */
export interface FileKind<T> {
  readonly schema: z.ZodType<T>;
  /** Makes the error of this kind. */
  readonly error: (file: string, problems: readonly FileProblem[]) => FileError;
}

/** Checked content, and the secrets that a daemon still needs. */
export interface Checked<T> {
  readonly content: T;
  /** A line for each secret that is missing on this machine: `FILE:LINE: PATH: REASON`. */
  readonly missing: readonly string[];
}

/**
 * Reads a file of a kind.
 *
 * @throws FileError of that kind if the file cannot be read or is invalid
 */
export function readChecked<T>(file: string, kind: FileKind<T>): T {
  return parseChecked(textOf(file, kind), file, kind);
}

/**
 * Checks a file as `readChecked` does, but without the secrets that it names: use the content only
 * to show it.
 *
 * @throws FileError as `readChecked` does
 */
export function checkFile<T>(file: string, kind: FileKind<T>): Checked<T> {
  const missing: FileProblem[] = [];
  const content = parseChecked(textOf(file, kind), file, kind, (value, problem) => {
    const checked = withoutMissingSecrets(value);
    for (const { path, message } of checked.missing) missing.push(problem(path, message));
    return checked.value;
  });
  return { content, missing: problemLines(file, missing) };
}

/** @throws FileError if the file cannot be read */
function textOf<T>(file: string, { error: errorOf }: FileKind<T>): string {
  try {
    return readTrusted(file, 'the file').toString('utf8');
  } catch (error) {
    const why = (error as Error).message;
    const message = error instanceof UntrustedError ? why : `cannot be read: ${why}`;
    throw errorOf(file, [{ line: 0, path: '', message }]);
  }
}

/**
 * Parses the text of a file.
 *
 * @param file its name, for messages
 * @param prepare changes the content before the check
 * @throws FileError of that kind if the text is invalid
 */
export function parseChecked<T>(
  text: string,
  file: string,
  { schema, error: errorOf }: FileKind<T>,
  prepare: (value: unknown, problem: ProblemAt) => unknown = (value) => value,
): T {
  if (text.length > LARGEST) {
    const message = `${text.length} characters, more than the ${LARGEST} that are read`;
    throw errorOf(file, [{ line: 1, path: '', message }]);
  }
  const lines = new LineCounter();
  // Its warnings would go to the terminal; the check below refuses such content.
  const document = parseDocument(text, { lineCounter: lines, logLevel: 'error' });
  const lineOf = (offset: number): number => Math.max(1, lines.linePos(offset).line);
  if (document.errors.length > 0) {
    throw errorOf(
      file,
      document.errors.map(({ pos, message }) => ({
        line: lineOf(pos[0]),
        path: '',
        message: `not valid YAML: ${message.replace(/ at line[^]*$/, '').replaceAll('\n', ' ')}`,
      })),
    );
  }
  const valueOf = (): unknown => {
    try {
      return document.toJS();
    } catch (error) {
      // Aliases expand to more than the limit.
      throw errorOf(file, [{ line: 1, path: '', message: (error as Error).message }]);
    }
  };
  const problem: ProblemAt = (path, message) => ({
    line: lineOf(offsetOf(document, path)),
    path: pathText(path),
    message,
  });
  const parsed = schema.safeParse(prepare(valueOf(), problem), { error: wording });
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.flatMap((issue) =>
    placesOf(issue).map((path) => problem(path, issue.message)),
  );
  throw errorOf(
    file,
    problems.toSorted((a, b) => a.line - b.line),
  );
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

/** The problem and its remedy, in the words of the file. */
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
