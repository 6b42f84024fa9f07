/** Explains containers from a recorded stream: by name, with the events around each death. */
import { concatMap, EMPTY, from, map, mergeMap, type Observable, of, take, toArray } from 'rxjs';
import type { NamePattern } from '../../operators/name-pattern.ts';
import type { ContainerState } from '../../operators/container-state.ts';
import { explainContainer, explainEach, type Explanation } from '../../operators/explanation.ts';
import type { Query } from '../collector/query.ts';
import type { EngineEvent } from '../event.ts';
import type { Instant } from '../instant.ts';
import { type States, statesCalled } from './find-container.ts';

/** The container to explain, and the sources that explain it. */
export interface ExplainRequest {
  /**
   * An exact name, a full id, or 12 or more digits of an id. A pattern gives one explanation for
   * each engine.
   */
  readonly name: string | NamePattern;
  /** Explains the latest death at or before this instant. Default: the latest of all. */
  readonly at?: Instant | undefined;
  /**
   * Explains every death in the stream, at most 100 for each engine, instead of the latest. Default
   * false.
   */
  readonly all?: boolean | undefined;
  /** States from engines' listings: their out-of-memory flags count. Default: only events count. */
  readonly states?: States | undefined;
}

/** Most events read for one name: the newest. */
const HISTORY = 10_000;

/** Most events read around one death: the oldest. */
const AROUND = 10_000;

/** Relevant time around a death for other containers' events, and before it for gaps: in ns. */
const NEAR = 10_000_000_000n;
const DECIDING = 60_000_000_000n;

/**
 * Explains a name: one explanation for each engine that has had it, or with `all` one for each
 * death. Empty if no event matches. Reads the newest 10,000 events of the name, and the minute
 * around each explained death.
 *
 * @param read returns the events of a query that ends, as `collector.events` does
 * @throws RangeError at the call, or as the Observable's error, if the name is an invalid pattern
 */
export function explain(
  read: (query: Query) => Observable<EngineEvent>,
  { name, at, all = false, states = [] }: ExplainRequest,
): Observable<readonly Explanation[]> {
  const around = (death: string): Observable<readonly EngineEvent[]> => {
    const time = BigInt(death);
    return read({ since: time - DECIDING, until: time + NEAR, follow: false }).pipe(take(AROUND), toArray());
  };
  const withSurroundings = (history: readonly EngineEvent[], found: Explanation): Observable<Explanation> => {
    const { death } = found;
    if (death === undefined) return of(found);
    return around(death.time).pipe(
      map((events) => {
        const gaps = events.filter(({ type, action }) => type === 'daemon' && action === 'gap');
        const options = {
          at: all ? BigInt(death.time) : at,
          around: events,
          listed: listedState(states, found),
        };
        return explainContainer([...gaps, ...history], options) ?? found;
      }),
    );
  };
  return read({ name, tail: HISTORY, follow: false }).pipe(
    toArray(),
    concatMap((events) => from(byEngine(events))),
    concatMap((history) => {
      const found = all ? explainEach(history) : [explainContainer(history, { at })];
      return from(found).pipe(
        mergeMap((each) => (each === undefined ? EMPTY : of(each))),
        concatMap((each) => withSurroundings(history, each)),
      );
    }),
    toArray(),
  );
}

function listedState(states: States, { id, engine }: Explanation): ContainerState | undefined {
  for (const each of statesCalled(states, id)) if (each.id === id && each.engine === engine) return each;
  return undefined;
}

/** Groups by engine: two engines can have containers of the same name. */
function byEngine(events: readonly EngineEvent[]): readonly (readonly EngineEvent[])[] {
  const histories = new Map<string, EngineEvent[]>();
  for (const event of events) {
    if (event.type !== 'container') continue;
    const key = `${event.source.engine} ${event.source.id ?? ''}`;
    const history = histories.get(key);
    if (history === undefined) histories.set(key, [event]);
    else history.push(event);
  }
  return [...histories.values()];
}
