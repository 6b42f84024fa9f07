/** A query, checked: where it begins, where matching events can be looked up, and what lets them through. */
import { identity, type MonoTypeOperatorFunction, Subject } from 'rxjs';
import type { OnFollow } from '../../operators/name-matcher.ts';
import { type NamePattern, namePatterns } from '../../operators/name-pattern.ts';
import type { EngineEvent } from '../event.ts';
import { parseCursor, type Position } from './cursor.ts';
import type { Route } from './listeners.ts';
import type { Query } from './query.ts';

export type Operator = MonoTypeOperatorFunction<EngineEvent>;

/** Makes the operators of a query; told which ids they follow. @throws RangeError on a query that is invalid */
export type Matching = (query: Query, onFollow: OnFollow) => Operator;

export interface Selection {
  readonly query: Query;
  readonly cursor: Position | undefined;
  /** Names and ids of all that can match; undefined when every event has to be tried. */
  readonly route: Route | undefined;
  readonly matching: (onFollow: OnFollow) => Operator;
}

/**
 * Checks a query.
 *
 * @throws RangeError on a bad pattern, filter or cursor, on `since` after `until`, on a `tail` that is no
 *   whole number, on `cursor` together with `tail`
 */
export function selectionOf(query: Query, matching: Matching): Selection {
  const { name, tail, cursor } = query;
  if (tail !== undefined && !(Number.isSafeInteger(tail) && tail >= 0)) {
    throw new RangeError(`invalid tail ${tail}: a whole number of events, 0 or more`);
  }
  if (tail !== undefined && cursor !== undefined) {
    throw new RangeError("'cursor' and 'tail' exclude each other: resume, or take the newest, not both");
  }
  matching(query, () => undefined);
  return {
    query,
    cursor: cursor === undefined ? undefined : parseCursor(cursor),
    route: routeOf(name === undefined ? [] : namePatterns(name)),
    matching: (onFollow) => matching(query, onFollow),
  };
}

/**
 * Only when each pattern is an exact name, an id or the prefix of one. A negated one has to see every rename, as what
 * it excludes stays excluded under another name.
 */
function routeOf(patterns: readonly NamePattern[]): Route | undefined {
  const exact = patterns.flatMap(({ negated, exact: name }) => (negated ? [] : (name ?? [])));
  if (exact.length === 0 || exact.length < patterns.length) return undefined;
  return { exact, prefixes: patterns.flatMap(({ idPrefix }) => idPrefix ?? []) };
}

/** An operator that works synchronously, as a function on lists. */
export function onLists(operator: Operator): (events: readonly EngineEvent[]) => readonly EngineEvent[] {
  if (operator === identity) return (events) => events;
  const input = new Subject<EngineEvent>();
  let out: EngineEvent[] = [];
  input.pipe(operator).subscribe((event) => out.push(event));
  return (events) => {
    out = [];
    for (const event of events) input.next(event);
    return out;
  };
}
