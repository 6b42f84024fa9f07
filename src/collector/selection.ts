/** A checked query: its start, its route, and its operators. */
import { identity, type MonoTypeOperatorFunction, Subject } from 'rxjs';
import { compileFilters, exactValues } from '../../operators/filters.ts';
import type { OnFollow } from '../../operators/name-matcher.ts';
import { type NamePattern, namePatterns } from '../../operators/name-pattern.ts';
import type { EngineEvent } from '../event.ts';
import type { Having } from './archive.ts';
import { parseCursor, type Position } from './cursor.ts';
import { PREFIX, type Route } from './listeners.ts';
import type { Query } from './query.ts';
import { isWhole } from '../whole-number.ts';

export type Condition = (event: EngineEvent) => boolean;

export type Operator = MonoTypeOperatorFunction<EngineEvent>;

/** Makes the operators of a query, which report the ids that they follow. */
type Matching = (query: Query, onFollow: OnFollow) => Operator;

/** A checked query. Parts that only some cursors need are made on request: idle ones do not hold them. */
export class Selection {
  readonly query: Query;
  readonly cursor: Position | undefined;
  /** Names and ids of all possible matches; undefined if every event must be tested. */
  readonly route: Route | undefined;
  readonly #patterns: readonly NamePattern[];
  readonly #matching: Matching;
  #passes: Condition | undefined;

  /**
   * @throws RangeError if a pattern, filter, time or cursor is invalid, `tail` is not a whole number, or
   *   `cursor` and `tail` are both given
   */
  constructor(query: Query, matching: Matching) {
    const { name, tail, cursor } = query;
    if (tail !== undefined && !isWhole(tail)) {
      throw new RangeError(`invalid tail ${String(tail)}: a whole number of events, 0 or more`);
    }
    if (tail !== undefined && cursor !== undefined) {
      throw new RangeError("'cursor' and 'tail' exclude each other: resume, or take the newest, not both");
    }
    this.query = query;
    this.cursor = cursor === undefined ? undefined : parseCursor(cursor);
    this.#patterns = name === undefined ? NO_PATTERNS : namePatterns(name);
    this.route = routeOf(this.#patterns);
    this.#matching = matching;
    this.matching(() => undefined);
  }

  /** True if the query has names: it then depends on renames. */
  get isNamed(): boolean {
    return this.#patterns.length > 0;
  }

  /**
   * Conditions of its filters that an index can answer. A query with names has none, since it must
   * see renames.
   */
  get having(): readonly Having[] {
    if (this.isNamed) return [];
    const { actions, attributes } = exactValues(this.query.filters ?? {});
    return [
      ...actions.map((values) => ({ field: 'action', values }) as const),
      ...attributes.map((value) => ({ field: 'attribute', values: [value] }) as const),
    ];
  }

  matching(onFollow: OnFollow): Operator {
    return this.#matching(this.query, onFollow);
  }

  /** The same conditions for another part of the stream. */
  within(part: Pick<Query, 'since' | 'until' | 'follow'>): Selection {
    const { name, filters } = this.query;
    return new Selection({ name, filters, ...part }, this.#matching);
  }

  /**
   * Makes the test that an archive can apply: every event that the operators must see passes.
   * Undefined: all must be seen. Negated patterns are left to the operators.
   *
   * @param followed ids that are followed independently of their names
   */
  condition(followed: ReadonlySet<string> | undefined): Condition | undefined {
    const { filters = {} } = this.query;
    const positive = this.#patterns.filter(({ negated }) => !negated);
    const isFiltered = Object.values(filters).some((values) => values.length > 0);
    if (!isFiltered && positive.length === 0) return undefined;
    const passes = (this.#passes ??= compileFilters(filters));
    if (!this.isNamed) return passes;
    return (event) =>
      event.action === 'rename' ||
      followed?.has(event.id) === true ||
      ((positive.length === 0 || positive.some((pattern) => pattern.matches(event))) && passes(event));
  }
}

const NO_PATTERNS: readonly NamePattern[] = [];

/**
 * The route, if each pattern is an exact name, an id or an id prefix. A negated pattern must see
 * every rename, as it excludes the container under its new name too.
 */
function routeOf(patterns: readonly NamePattern[]): Route | undefined {
  const exact = patterns.flatMap(({ negated, exact: name }) => (negated ? [] : (name ?? [])));
  if (exact.length === 0 || exact.length < patterns.length) return undefined;
  return [...exact, ...patterns.flatMap(({ idPrefix }) => idPrefix?.slice(0, PREFIX) ?? [])];
}

/** Converts a synchronous operator to a function on lists. */
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
