/** What a client of Docker asks for, as a query of ours. */
import type { Query } from '../../collector/query.ts';
import { parseFilters } from '../../encoders/query-params.ts';
import * as instant from '../../instant.ts';
import { readParam } from '../http/param.ts';

/**
 * Reads the parameters of Docker's `/events`; others are ignored, as there. Times are Unix seconds with up to nine
 * decimals, or any other notation of `instant.parse`. Without either the stream is live only; with `until` alone it
 * begins with all that is held.
 *
 * @param now what durations are counted from
 * @throws RangeError on a value that cannot be read, naming the parameter, and on `since` after `until`
 */
export function queryOf(params: URLSearchParams, now: instant.Instant): Query {
  const since = readParam(params, 'since', (text) => instant.parse(text, { now }));
  const until = readParam(params, 'until', (text) => instant.parse(text, { now }));
  if (since !== undefined && until !== undefined && since > until) {
    const [from, to] = [params.get('since'), params.get('until')];
    throw new RangeError(`\`since\` time (${from}) cannot be after \`until\` time (${to})`);
  }
  const filters = readParam(params, 'filters', parseFilters);
  return {
    since: since ?? (until === undefined ? undefined : 0n),
    until,
    filters:
      filters && Object.fromEntries(Object.entries(filters).map(([key, values]) => [keyOf(key), values])),
  };
}

/**
 * The docker command writes keys in lower case, and ends them at the first `=`: `exitCode>=1` comes as `exitcode>`
 * with the value `1`, and `exitCode>1` it does not send at all.
 */
function keyOf(key: string): string {
  const [, comparison] = /^exitcode(!|<|>)?$/.exec(key) ?? [];
  if (comparison === undefined) return key === 'exitcode' ? 'exitCode' : key;
  return `exitCode${comparison}${comparison === '!' ? '' : '='}`;
}
