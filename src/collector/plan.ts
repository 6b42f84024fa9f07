/** A query, checked and turned into the operators and the route that answer it. */
import { identity, type MonoTypeOperatorFunction, pipe, Subject } from 'rxjs';
import { byFilters } from '../../operators/byFilters.ts';
import { byName } from '../../operators/byName.ts';
import { type NamePattern, namePatterns } from '../../operators/name-pattern.ts';
import { timeWindow } from '../../operators/timeWindow.ts';
import type { EngineEvent } from '../event.ts';
import type { Window } from './archive.ts';
import { parseCursor, type Position } from './cursor.ts';
import type { Query } from './query.ts';
import type { Route } from './router.ts';

/** What a {@link Query} comes to. */
export interface Plan {
  /** Lets through what matches; `identity` when everything does. */
  readonly select: MonoTypeOperatorFunction<EngineEvent>;
  /** Where matching events can be looked up by name or id; undefined when all have to be tried. */
  readonly route: Route | undefined;
  readonly window: Window;
  readonly cursor: Position | undefined;
  readonly tail: number | undefined;
  readonly follow: boolean;
}

/**
 * Checks a query.
 *
 * @throws RangeError on a bad pattern, filter or cursor, on `since` after `until`, on a `tail` that is no
 *   whole number, on `cursor` together with `tail`
 */
export function plan(query: Query): Plan {
  const { name, since, until, filters, tail, follow = true } = query;
  const names = name === undefined ? [] : namePatterns(name);
  if (tail !== undefined && !(Number.isSafeInteger(tail) && tail >= 0)) {
    throw new RangeError(`invalid tail ${tail}: a whole number of events, 0 or more`);
  }
  if (tail !== undefined && query.cursor !== undefined) {
    throw new RangeError("'cursor' and 'tail' exclude each other: resume, or take the newest, not both");
  }
  const steps: MonoTypeOperatorFunction<EngineEvent>[] = [];
  // First, as blocks outside the window are not even read: what a rename in one of them would tell must not count.
  if (since !== undefined || until !== undefined) steps.push(timeWindow({ since, until }));
  if (names.length > 0) steps.push(byName(names));
  if (filters !== undefined && Object.keys(filters).length > 0) steps.push(byFilters(filters));
  const route = routeOf(names);
  return {
    select: steps.length === 0 ? identity : pipe(...(steps as [])),
    route,
    window: { since, until, about: route && [...route.exact, ...route.prefixes] },
    cursor: query.cursor === undefined ? undefined : parseCursor(query.cursor),
    tail,
    follow,
  };
}

/**
 * Only when each pattern is an exact name, an id or the prefix of one. A negated one has to see every rename, as what
 * it excludes stays excluded under another name.
 */
function routeOf(names: readonly NamePattern[]): Route | undefined {
  const exact: string[] = [];
  const prefixes: string[] = [];
  for (const pattern of names) {
    if (pattern.negated || pattern.exact === undefined) return undefined;
    exact.push(pattern.exact);
    if (pattern.idPrefix !== undefined) prefixes.push(pattern.idPrefix);
  }
  return names.length > 0 ? { exact, prefixes } : undefined;
}

/** An operator that works synchronously, as a function on lists: for those who pull. */
export function through(
  select: MonoTypeOperatorFunction<EngineEvent>,
): (events: readonly EngineEvent[]) => readonly EngineEvent[] {
  if (select === identity) return (events) => events;
  const input = new Subject<EngineEvent>();
  let out: EngineEvent[] = [];
  input.pipe(select).subscribe((event) => out.push(event));
  return (events) => {
    out = [];
    for (const event of events) input.next(event);
    return out;
  };
}
