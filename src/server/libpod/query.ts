/** What a client of podman asks for, as a query of ours. */
import type { Query } from '../../collector/query.ts';
import { parseFilters } from '../../encoders/query-params.ts';
import * as instant from '../../instant.ts';
import { readParam } from '../http/param.ts';

/** A query, and podman's filters, which select from what it gives. */
export interface PodmanQuery {
  readonly query: Query;
  readonly filters: Readonly<Record<string, readonly string[]>>;
}

/**
 * Reads the parameters of podman's `/events`; others are ignored. A duration is that long ago in `since` and that far
 * ahead in `until`. With `stream=false` the answer ends after what is held, and without bounds begins there.
 *
 * @param now what durations are counted from
 * @throws RangeError on a value that cannot be read, naming the parameter
 */
export function queryOf(params: URLSearchParams, now: instant.Instant): PodmanQuery {
  const since = readParam(params, 'since', (text) => instant.parse(text, { now }));
  const until = readParam(params, 'until', (text) =>
    instant.parse(isDuration(text) ? `+${text}` : text, { now }),
  );
  const follow = readParam(params, 'stream', flag) ?? true;
  return {
    query: { since: since ?? (until === undefined ? undefined : 0n), until, follow },
    filters: readParam(params, 'filters', parseFilters) ?? {},
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

/** As Go reads a bool. */
function flag(text: string): boolean {
  if (/^(?:1|t|true)$/i.test(text)) return true;
  if (/^(?:0|f|false)$/i.test(text)) return false;
  throw new RangeError(`must be true or false, not ${JSON.stringify(text.slice(0, 80))}`);
}
