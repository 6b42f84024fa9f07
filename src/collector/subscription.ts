/**
 * A subscription as one expression: iSulad's context list and checker thread, as operators over the
 * bounded replay. All reads of the stream select by {@link matching}.
 */
import { concatMap, defer, EMPTY, identity, interval, Observable, pipe, takeWhile } from 'rxjs';
import { byFilters } from '../../operators/byFilters.ts';
import { byName } from '../../operators/byName.ts';
import type { OnFollow } from '../../operators/name-matcher.ts';
import { takeUntilCancelled } from '../../operators/takeUntilCancelled.ts';
import { takeUntilTime } from '../../operators/takeUntilTime.ts';
import { timeWindow } from '../../operators/timeWindow.ts';
import type { EngineEvent } from '../event.ts';
import { BOOKMARK_EVERY, deliver, promptly } from './delivery.ts';
import type { Frame, GapFrame } from './frames.ts';
import type { Query } from './query.ts';
import { type Operator, Selection } from './selection.ts';
import { StreamCursor } from './stream-cursor.ts';
import type { Stream } from './stream.ts';

/**
 * The events of a query: held ones, then live ones.
 *
 * @throws RangeError at the call if the query is invalid
 */
export function events(stream: Stream, query: Query, signal?: AbortSignal): Observable<EngineEvent> {
  const { until } = query;
  const selection = select(query);
  return new Observable((subscriber) => {
    const cursor = new StreamCursor(stream, selection);
    subscriber.add(closing(cursor));
    replayThenLive(cursor, (gap) => subscriber.next(stream.gapEvent(gap)))
      .pipe(
        cursor.matching,
        until === undefined ? identity : takeUntilTime(until, stream.scheduler, cursor.replayed),
        signal === undefined ? identity : takeUntilCancelled(signal),
      )
      .subscribe(subscriber);
  });
}

/** Apart, since an idle subscription would hold everything that this function sees beside its cursor. */
function closing(cursor: StreamCursor): () => void {
  return () => cursor.close();
}

/** Frames up to the end of the replay; then the subscriber gets each event before the next one does. */
function replayThenLive(cursor: StreamCursor, onGap: (gap: GapFrame) => void): Observable<EngineEvent> {
  const pace = promptly(cursor.stream.scheduler);
  return new Observable((live) => {
    const replay = deliver(cursor, { pace, live }).pipe(
      takeWhile(() => !live.closed),
      concatMap((part) => {
        if (part.kind === 'gap') onGap(part);
        return part.kind === 'events' ? part.events : EMPTY;
      }),
      takeWhile(() => !live.closed),
    );
    return replay.subscribe({
      next: (event) => live.next(event),
      error: (error) => live.error(error),
      complete: () => (cursor.isLive ? undefined : live.complete()),
    });
  });
}

/** Options of a stream of frames. */
export interface FrameOptions {
  /** Ends the subscription at once when aborted. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds between bookmarks during silence. Default 15,000. */
  readonly bookmarkEvery?: number | undefined;
  /** While the latest value is `true`, nothing is read: events wait in the collector. Default: never. */
  readonly paused?: Observable<boolean> | undefined;
}

/** The frames of a query. @throws RangeError at the call if the query is invalid */
export function frames(stream: Stream, query: Query, options: FrameOptions): Observable<Frame> {
  const { signal, paused, bookmarkEvery = BOOKMARK_EVERY } = options;
  const selection = select(query);
  const pace = { ...promptly(stream.scheduler), beats: interval(bookmarkEvery, stream.scheduler) };
  const frameOf = (event: EngineEvent): Frame => ({
    kind: 'event',
    cursor: stream.cursorAt(event.seq),
    event,
  });
  return defer(() => deliver(new StreamCursor(stream, selection, true), { pace, paused })).pipe(
    concatMap((part) => (part.kind === 'events' ? part.events.map(frameOf) : [part])),
    signal === undefined ? identity : takeUntilCancelled(signal),
  );
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

/** Checks a query. @throws RangeError if a part of it is invalid, or `since` is after `until` */
export function select(query: Query): Selection {
  return new Selection(query, matching);
}
