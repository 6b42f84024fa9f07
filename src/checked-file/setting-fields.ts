/** Fields of files of settings. The parser that uses a value also checks it. */
import { z } from 'zod';
import { parseFilters } from '../../operators/expression.ts';
import type { Filters } from '../../operators/filters.ts';
import { parseNamePattern } from '../../operators/name-pattern.ts';
import { parseDuration } from '../instant.ts';
import { readTrusted } from '../trust.ts';
import { parseSize, sizeText } from '../size.ts';
import { parseRestartPolicy } from '../restart-policy.ts';

/** A value checked by one of our own parsers; its error becomes the problem. */
export function readBy<I, O>(input: z.ZodType<I>, read: (value: I) => O): z.ZodType<O> {
  return input.transform((value, context) => {
    try {
      return read(value);
    } catch (error) {
      context.issues.push({ code: 'custom', message: (error as Error).message, input: value });
      return z.NEVER;
    }
  });
}

/** Accepts one value in place of a list. */
function oneOrMore<T>(each: z.ZodType<T>): z.ZodType<readonly T[]> {
  const list = (value: unknown): unknown => (Array.isArray(value) || value === undefined ? value : [value]);
  return z.preprocess(list, z.array(each));
}

/** Rule names fit an HTTP header, a file name and the label of a metric. */
export const ruleName: z.ZodType<string> = readBy(z.string(), (text) => {
  if (/^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/.test(text)) return text;
  throw new RangeError(`invalid name ${JSON.stringify(text.slice(0, 80))}: 1 to 63 letters, digits, - and _`);
});

export const names: z.ZodType<readonly string[]> = oneOrMore(
  readBy(z.string(), (text) => parseNamePattern(text).pattern),
);

export const filters: z.ZodType<Filters> = readBy(oneOrMore(z.string()), parseFilters);

/** Duration in ns, above 0. */
const duration: z.ZodType<bigint> = readBy(z.string(), (text) => {
  const nanos = parseDuration(text);
  if (nanos > 0n && nanos <= 86_400_000_000_000n) return nanos;
  throw new RangeError(`invalid duration ${JSON.stringify(text)}: more than 0, and 24h at most`);
});

export const nanos: z.ZodType<bigint> = duration;
export const millis: z.ZodType<number> = readBy(duration, (nanos) => Math.max(1, Number(nanos / 1_000_000n)));
export const seconds: z.ZodType<number> = readBy(duration, (nanos) => Math.ceil(Number(nanos) / 1e9));

/** One of a few words. A boolean counts as its text. */
export function oneOf<W extends string>(words: readonly W[]): z.ZodType<W> {
  return readBy(z.unknown(), (value) => {
    const found = words.find((word) => word === value || word === String(value));
    if (found !== undefined) return found;
    throw new RangeError(`must be ${words.join(' or ')}, not ${JSON.stringify(value)?.slice(0, 80)}`);
  });
}

/** Size in bytes: `1MiB`, `500k`, or a number. */
export function size({
  least,
  largest,
}: {
  readonly least: number;
  readonly largest: number;
}): z.ZodType<number> {
  return readBy(z.union([z.string(), z.number()]), (value) => {
    const bytes = parseSize(String(value));
    if (bytes >= least && bytes <= largest) return bytes;
    throw new RangeError(`invalid size ${JSON.stringify(value)}: ${sizeText(least)} to ${sizeText(largest)}`);
  });
}

export const policy: z.ZodType<ReturnType<typeof parseRestartPolicy>> = readBy(
  z.string(),
  parseRestartPolicy,
);

/** A line for `sh -c`, or the program and its arguments. */
export const command: z.ZodType<readonly string[]> = readBy(
  z.preprocess(
    shellLine,
    z.array(z.string(), {
      error: 'must be a line for the shell, or a list of the program and its arguments',
    }),
  ),
  (argv) => {
    if (argv[0] !== undefined && argv[0] !== '') return argv;
    throw new RangeError(
      'names no program: give a line for the shell, or a list of the program and its arguments',
    );
  },
);

function shellLine(value: unknown): unknown {
  return typeof value === 'string' && value.trim() !== '' ? ['/bin/sh', '-c', value] : value;
}

export const url: z.ZodType<string> = readBy(z.string(), (text) => {
  const parsed = URL.canParse(text) ? new URL(text) : undefined;
  if (parsed === undefined || !['http:', 'https:'].includes(parsed.protocol)) {
    throw new RangeError(
      `invalid URL ${JSON.stringify(text.slice(0, 200))}: right would be https://host/path`,
    );
  }
  if (parsed.username === '' && parsed.password === '') return text;
  // Node's fetch refuses these, and they would appear in every log.
  throw new RangeError('holds a name or password: give them as a header (authorization)');
});

/** Headers that HTTP or the signature set. */
const OURS = /^(host|connection|content-length|transfer-encoding|expect|webhook-.*)$/;

export const headers: z.ZodType<Readonly<Record<string, string>>> = readBy(
  z.record(z.string(), z.string()),
  (given) => {
    for (const [name, value] of Object.entries(given)) {
      const lower = name.toLowerCase();
      if (!/^[!#$%&'*+.^_`|~\w-]+$/.test(name) || OURS.test(lower)) {
        throw new RangeError(
          `invalid header ${JSON.stringify(name.slice(0, 80))}: not a header name, or one that tidings sets`,
        );
      }
      if (!/^[\t\x20-\x7e]*$/.test(value))
        throw new RangeError(`invalid value of header ${name}: ASCII, on one line`);
    }
    return Object.fromEntries(Object.entries(given).map(([name, value]) => [name.toLowerCase(), value]));
  },
);

/** The secret as text, or its place: `{file: /path}`, `{env: NAME}`. */
export const secret: z.ZodType<string> = readBy(z.unknown(), (value) => {
  const text = secretText(value);
  if (text.length >= 16) return text;
  throw new RangeError(`secret too short: ${text.length} characters, and 16 or more are needed`);
});

/** Thrown if a secret names an environment variable that is not set. */
export class MissingVariable extends RangeError {}

/** @throws RangeError, or the error of the file, if the secret does not exist */
export function secretText(value: unknown): string {
  if (typeof value === 'string') return value;
  const [[source, name] = [], ...more] =
    typeof value === 'object' && value !== null ? Object.entries(value) : [];
  if (typeof name !== 'string' || more.length > 0 || !(source === 'file' || source === 'env')) {
    throw new RangeError('must be a text, {file: /path} or {env: NAME}');
  }
  if (source === 'file') return readTrusted(name, 'the file').toString('utf8').trim();
  const found = process.env[name];
  if (found !== undefined) return found;
  throw new MissingVariable(`there is no environment variable ${name}`);
}
