/** Converts the parameters of a podman client to a query. */
import type { Query } from '../../collector/query.ts';
import { parseFilterParam } from '../../encoders/query-params.ts';
import * as instant from '../../instant.ts';
import { readParam } from '../http/param.ts';

/** A query, and podman's filters, which select from its events. */
export interface PodmanQuery {
  readonly query: Query;
  readonly filters: Readonly<Record<string, readonly string[]>>;
}

/**
 * Reads the parameters of podman's `/events`; ignores others. A duration means that long ago in
 * `since` and that far ahead in `until`. With `stream=false` the answer ends after the held events,
 * and without bounds it begins with the oldest.
 *
 * @param now the time that durations count from
 * @throws RangeError if a value is invalid, with the parameter's name
 */
export function queryOf(params: URLSearchParams, now: instant.Instant): PodmanQuery {
  const since = readParam(params, 'since', (text) => instant.parse(text, { now }));
  const until = readParam(params, 'until', (text) =>
    instant.parse(isDuration(text) ? `+${text}` : text, { now }),
  );
  const follow = readParam(params, 'stream', flag) ?? true;
  return {
    query: { since: since ?? (until === undefined ? undefined : 0n), until, follow },
    filters: readParam(params, 'filters', parseFilterParam) ?? {},
  };
}

function isDuration(text: string): boolean {
  try {
    instant.parseDuration(text);
    return true;
  } catch {
    return false;
  }
}

/** Parses a bool as Go does. */
function flag(text: string): boolean {
  if (/^(?:1|t|true)$/i.test(text)) return true;
  if (/^(?:0|f|false)$/i.test(text)) return false;
  throw new RangeError(`must be true or false, not ${JSON.stringify(text.slice(0, 80))}`);
}
