/**
 * A subscription as one expression: iSulad's context list and checker thread, as operators over the
 * bounded replay. All reads of the stream select by {@link matching}.
 */
import { identity, Observable, pipe } from 'rxjs';
import { byFilters } from '../../operators/byFilters.ts';
import { byName } from '../../operators/byName.ts';
import type { OnFollow } from '../../operators/name-matcher.ts';
import { takeUntilCancelled } from '../../operators/takeUntilCancelled.ts';
import { takeUntilTime } from '../../operators/takeUntilTime.ts';
import { timeWindow } from '../../operators/timeWindow.ts';
import type { EngineEvent } from '../event.ts';
import { promptly, replayThenLive } from './delivery.ts';
import type { Query } from './query.ts';
import { type Operator, type Selection, selectionOf } from './selection.ts';
import { StreamCursor } from './stream-cursor.ts';
import type { Stream } from './stream.ts';

/**
 * The events of a query: held ones, then live ones.
 *
 * @throws RangeError at the call if the query is invalid
 */
export function subscription(stream: Stream, query: Query, signal?: AbortSignal): Observable<EngineEvent> {
  const { until } = query;
  const selection = select(query);
  const pace = promptly(stream.scheduler);
  return new Observable((subscriber) => {
    const cursor = new StreamCursor(stream, selection);
    subscriber.add(() => cursor.close());
    replayThenLive(cursor, pace, (gap) => subscriber.next(stream.gapEvent(gap)))
      .pipe(
        cursor.matching,
        until === undefined ? identity : takeUntilTime(until, stream.scheduler, cursor.replayed),
        signal === undefined ? identity : takeUntilCancelled(signal),
      )
      .subscribe(subscriber);
  });
}

/**
 * Selects the events of a query. Time comes first, since events outside the window may not even be
 * read: a rename among them must not count.
 */
function matching({ name, since, until, filters = {} }: Query, onFollow: OnFollow): Operator {
  const steps: Operator[] = [];
  if (since !== undefined || until !== undefined) steps.push(timeWindow({ since, until }));
  if (name !== undefined && [name].flat().length > 0) steps.push(byName(name, onFollow));
  if (Object.keys(filters).length > 0) steps.push(byFilters(filters));
  return steps.length === 0 ? identity : pipe(...(steps as [Operator]));
}

/** Checks a query. @throws RangeError if it is invalid: see `selectionOf` */
export function select(query: Query): Selection {
  return selectionOf(query, matching);
}
