/**
 * Converts a query to the parameters of `GET /v1/events`, and back, for both ends of the
 * connection.
 */
import type { Query } from '../collector/query.ts';
import * as instant from '../instant.ts';
import { parseWhole } from '../whole-number.ts';

const KNOWN = ['name', 'since', 'until', 'filters', 'cursor', 'tail', 'follow'] as const;
type Key = (typeof KNOWN)[number];

/**
 * Writes a query: one `name` for each name, times as Unix seconds with nine decimals, `filters` as
 * Docker's JSON (`{"event":["die"]}`), `follow` only if it is false.
 */
export function queryToParams(query: Query): URLSearchParams {
  const { name = [], since, until, filters, cursor, tail, follow = true } = query;
  const params = new URLSearchParams();
  for (const each of [name].flat()) params.append('name', typeof each === 'string' ? each : each.pattern);
  if (since !== undefined) params.set('since', seconds(since));
  if (until !== undefined) params.set('until', seconds(until));
  if (filters !== undefined && Object.keys(filters).length > 0)
    params.set('filters', JSON.stringify(filters));
  if (cursor !== undefined) params.set('cursor', cursor);
  if (tail !== undefined) params.set('tail', String(tail));
  if (!follow) params.set('follow', 'false');
  return params;
}

/**
 * Parses a query. Times may be in any notation of `instant.parse`, filters in either of Docker's
 * forms. The collector checks the query's content (patterns, filters, `since` after `until`).
 *
 * @param now the time that durations count from
 * @throws RangeError if a parameter is unknown or repeated, or its value is invalid: with the
 *   parameter's name
 */
export function queryFromParams(params: URLSearchParams, now: instant.Instant): Query {
  const unknown = [...params.keys()].find((key) => !KNOWN.includes(key as Key));
  if (unknown !== undefined) {
    throw new RangeError(`unknown parameter ${JSON.stringify(unknown)}: known are ${KNOWN.join(', ')}`);
  }
  const one = (key: Key): string | undefined => {
    const [value, ...more] = params.getAll(key);
    if (more.length > 0)
      throw new RangeError(`parameter '${key}' is given ${more.length + 1} times: give it once`);
    return value === '' ? undefined : value;
  };
  const read = <T>(key: Key, parse: (text: string) => T): T | undefined => {
    const text = one(key);
    try {
      return text === undefined ? undefined : parse(text);
    } catch (error) {
      throw new RangeError(`parameter '${key}': ${(error as Error).message}`, { cause: error });
    }
  };
  const name = params.getAll('name').filter((each) => each !== '');
  const time = (text: string): instant.Instant => instant.parse(text, { now });
  return {
    name: name.length > 0 ? name : undefined,
    since: read('since', time),
    until: read('until', time),
    filters: read('filters', parseFilterParam),
    cursor: one('cursor'),
    tail: read('tail', wholeNumber),
    follow: read('follow', flag),
  };
}

function seconds(time: instant.Instant): string {
  const digits = String(time < 0n ? -time : time).padStart(10, '0');
  return `${time < 0n ? '-' : ''}${digits.slice(0, -9)}.${digits.slice(-9)}`;
}

/**
 * Parses Docker's filters: `{"event":["die"]}`, or `{"event":{"die":true}}`, of which only `true`
 * counts. As in dockerd, `null` means no filter and `{"event":null}` a filter without values: Go's
 * encoder writes empty maps and lists so.
 *
 * @throws RangeError if the text has neither form
 */
export function parseFilterParam(text: string): Record<string, string[]> {
  const shape = 'must be JSON like {"event":["die"],"label":["tier=web"]}';
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new RangeError(`${shape}, not ${JSON.stringify(text.slice(0, 80))}`, { cause });
  }
  if (typeof value !== 'object' || Array.isArray(value)) throw new RangeError(shape);
  return Object.fromEntries(
    Object.entries(value ?? {}).map(([key, values]: [string, unknown]) => {
      const list: unknown[] = Array.isArray(values)
        ? values
        : Object.entries(values ?? {}).flatMap(([each, on]) => (on === true ? [each] : []));
      const texts = list.filter((each) => typeof each === 'string');
      if (typeof values !== 'object' || texts.length < list.length) {
        throw new RangeError(`${shape}: the values of ${JSON.stringify(key)} are not a list of strings`);
      }
      return [key, texts];
    }),
  );
}

function wholeNumber(text: string): number {
  const value = parseWhole(text);
  if (value === undefined) {
    throw new RangeError(`must be a whole number, 0 or more, not ${JSON.stringify(text.slice(0, 80))}`);
  }
  return value;
}

function flag(text: string): boolean {
  if (text === 'true' || text === '1') return true;
  if (text === 'false' || text === '0') return false;
  throw new RangeError(`must be true or false, not ${JSON.stringify(text.slice(0, 80))}`);
}
