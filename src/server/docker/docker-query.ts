/** Converts the parameters of a Docker client to a query. */
import type { Query } from '../../collector/query.ts';
import { parseFilterParam } from '../../encoders/query-params.ts';
import * as instant from '../../instant.ts';
import { readParam } from '../http/param.ts';

/**
 * Reads the parameters of Docker's `/events`; ignores others, as Docker does. Times are Unix
 * seconds with up to nine decimals, or any other notation of `instant.parse`. Without `since` and
 * `until` the stream is live only; with `until` alone it begins with all held events.
 *
 * @param now the time that durations count from
 * @throws RangeError if a value is invalid (with the parameter's name), or `since` is after `until`
 */
export function queryOf(params: URLSearchParams, now: instant.Instant): Query {
  const since = readParam(params, 'since', (text) => instant.parse(text, { now }));
  const until = readParam(params, 'until', (text) => instant.parse(text, { now }));
  if (since !== undefined && until !== undefined && since > until) {
    const [from, to] = [params.get('since'), params.get('until')];
    throw new RangeError(`\`since\` time (${from}) cannot be after \`until\` time (${to})`);
  }
  const filters = readParam(params, 'filters', parseFilterParam);
  return {
    since: since ?? (until === undefined ? undefined : 0n),
    until,
    filters:
      filters && Object.fromEntries(Object.entries(filters).map(([key, values]) => [keyOf(key), values])),
  };
}

/**
 * Restores a key. The docker command lowers keys, and ends them at the first `=`: `exitCode>=1`
 * arrives as `exitcode>` with the value `1`. It does not send `exitCode>1` at all.
 */
function keyOf(key: string): string {
  const [, comparison] = /^exitcode(!|<|>)?$/.exec(key) ?? [];
  if (comparison === undefined) return key === 'exitcode' ? 'exitCode' : key;
  return `exitCode${comparison}${comparison === '!' ? '' : '='}`;
}
