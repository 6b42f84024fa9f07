/** The query, from the flags: all are checked before any connection. */
import { parseFilters } from '../../operators/expression.ts';
import { parseNamePattern } from '../../operators/name-pattern.ts';
import { instant, parseCursor, type Query } from '../../src/index.ts';
import { readOption, usage } from '../exit.ts';
import { wholeNumber } from '../settings/number-option.ts';

export interface QueryFlags {
  readonly name?: readonly string[];
  readonly since?: string;
  readonly until?: string;
  readonly filter?: readonly string[];
  readonly cursor?: string;
  readonly tail?: string;
  readonly follow: boolean;
}

/** Counts of events: any, up to the largest number. */
const COUNTS = { largest: Number.MAX_SAFE_INTEGER, right: 'a whole number of events, 0 or more, or all' };

/** Reads the flags. Throws a `Failure` with the flag and a valid form. */
export function readQuery(flags: QueryFlags, now: instant.Instant): Query {
  const { name, filter = [], cursor, tail, follow } = flags;
  const time = (flag: string, text: string | undefined): instant.Instant | undefined =>
    text === undefined ? undefined : readTime(flag, text, now);
  for (const pattern of name ?? []) readOption('--name', () => parseNamePattern(pattern));
  const since = time('--since', flags.since);
  const until = time('--until', flags.until);
  if (since !== undefined && until !== undefined && since > until) {
    throw usage(
      `--since ${flags.since} (${instant.format(since)}) is after --until ${flags.until} (${instant.format(until)}): ` +
        "'since' time cannot be after 'until' time",
    );
  }
  if (cursor !== undefined) readOption('--cursor', () => parseCursor(cursor));
  if (cursor !== undefined && tail !== undefined) {
    throw usage('--cursor and --tail exclude each other: resume, or take the newest, not both');
  }
  return {
    name: name === undefined || name.length === 0 ? undefined : name,
    since: tail === 'all' ? (since ?? 0n) : since,
    until,
    filters: filter.length > 0 ? readOption('--filter', () => parseFilters(filter)) : undefined,
    cursor,
    tail: tail === undefined || tail === 'all' ? undefined : wholeNumber('--tail', tail, COUNTS),
    follow,
  };
}

/**
 * Parses a time. A small number is refused: it would mean seconds since 1970, which is never the
 * intention.
 */
export function readTime(flag: string, text: string, now: instant.Instant): instant.Instant {
  if (/^-?[1-9]\d{0,6}$/.test(text.trim())) {
    const number = text.trim().replace('-', '');
    throw usage(
      `${flag} ${text}: a number alone is seconds since 1970, and that is long ago: did you mean ${number}m (minutes ago) or ${number}s?`,
    );
  }
  return readOption(flag, () => instant.parse(text, { now }));
}

/** Parses a duration; a bare number is seconds, as in sleep(1) and timeout(1). In ms. */
export function readDuration(flag: string, text: string): number {
  const nanos = readOption(flag, () => instant.parseDuration(/^\d+(\.\d+)?$/.test(text) ? `${text}s` : text));
  return instant.toMillis(nanos);
}
