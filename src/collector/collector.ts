/** The collector: events of every engine in one order, kept a while, handed to whoever subscribes. */
import { asyncScheduler, Observable, type SchedulerLike, type Subscription } from 'rxjs';
import { takeUntilCancelled } from '../../operators/takeUntilCancelled.ts';
import { type EngineEvent, gapEvent, type IncomingEvent } from '../event.ts';
import type { Archive, Span } from './archive.ts';
import { newEpoch } from './cursor.ts';
import { follow } from './follow.ts';
import type { Frame } from './frames.ts';
import { framesOf } from './frames-of.ts';
import { plan } from './plan.ts';
import type { Query } from './query.ts';
import { Reader } from './reader.ts';
import { Stream } from './stream.ts';

export interface CollectorOptions {
  /** How many of the newest events are held in memory. Default 100,000. */
  readonly limit?: number;
  /** The name of this numbering in cursors, 1 to 16 of `[0-9a-z]`. Default: a new one. */
  readonly epoch?: string;
  /** The number that the next event gets, 1 or more. Default 1. */
  readonly first?: number;
  /** Where events older than those in memory are read from. Default: nowhere. */
  readonly archive?: Archive;
  /** The clock of `until` and of bookmarks. Default: the wall clock. */
  readonly scheduler?: SchedulerLike;
}

export interface SubscribeOptions {
  /** Ends the subscription at once when aborted. */
  readonly signal?: AbortSignal | undefined;
}

export interface FrameOptions extends SubscribeOptions {
  /** Milliseconds between bookmarks while nothing matches. Default 15,000. */
  readonly bookmarkEvery?: number | undefined;
  /** While the latest value is `true`, nothing is read: what comes waits where it is. Default: never. */
  readonly paused?: Observable<boolean> | undefined;
}

/** What a collector has and does, in numbers. */
export interface CollectorStatus {
  /** Events numbered since it was created. */
  readonly events: number;
  /** Subscriptions of any kind that are open. */
  readonly subscriptions: number;
  /** How many events the slowest reader is behind. */
  readonly lag: number;
}

export interface Collector {
  /** The name of this numbering in cursors. */
  readonly epoch: string;
  /** The cursor of the oldest event that can be had, and of the newest. */
  readonly oldest: string;
  readonly newest: string;
  /** The cursor before the oldest event in memory: who resumes from it gets the whole buffer. */
  readonly bufferStart: string;
  /** The newest cursor that survives a crash; undefined without an archive. */
  readonly durable: string | undefined;
  readonly status: CollectorStatus;
  /** Takes events, or lists of them, from a source until it ends; its error becomes a gap event. */
  attach(source: Observable<IncomingEvent | readonly IncomingEvent[]>): Subscription;
  /** Takes a list of events now. After {@link Collector.complete} they are ignored. */
  append(events: readonly IncomingEvent[]): void;
  /**
   * The events that a query asks for: replay, then live. Events that can no longer be had are stood for
   * by an event of type `daemon`, action `gap`.
   *
   * @throws RangeError at the call when the query makes no sense
   */
  events(query?: Query, options?: SubscribeOptions): Observable<EngineEvent>;
  /** The same as frames, which tell of progress, gaps and why the end came. */
  frames(query?: Query, options?: FrameOptions): Observable<Frame>;
  /** The same, read by whoever has room: for sockets and disks. Close it when done. */
  reader(query?: Query): Reader;
  /** The cursor of an event of this collector. */
  cursorOf(event: EngineEvent): string;
  /** The event that stands for a gap, where a protocol has no room for frames. */
  gapEvent(gap: Span): EngineEvent;
  /** Ends the stream: every subscription gets what it is due, then completes. */
  complete(): void;
}

/**
 * Creates a collector.
 *
 * Memory: `limit` events, and a few hundred bytes for each subscription, however far it lags.
 *
 * @throws RangeError on a `limit` that is no whole number from 1 to 2^24
 */
export function createCollector(options: CollectorOptions = {}): Collector {
  const { limit = 100_000, epoch = newEpoch(), first = 1, archive, scheduler = asyncScheduler } = options;
  const stream = new Stream({ limit, epoch, first, archive, scheduler });

  const collector: Collector = {
    epoch,
    get oldest() {
      return stream.cursorAt(stream.oldest);
    },
    get newest() {
      return stream.cursorAt(stream.ring.head - 1);
    },
    get bufferStart() {
      return stream.cursorAt(stream.ring.oldest - 1);
    },
    get durable() {
      return archive && stream.cursorAt(archive.durable);
    },
    get status() {
      let lag = 0;
      for (const reader of stream.readers) lag = Math.max(lag, reader.lag);
      const subscriptions = stream.readers.size + stream.pushes.size;
      return { events: stream.ring.head - first, subscriptions, lag };
    },
    attach: (source) =>
      source.subscribe({
        next: (value) => stream.append(Array.isArray(value) ? value : [value as IncomingEvent]),
        error: (error: unknown) => stream.append([sourceFailed(error, now(scheduler))]),
      }),
    append: (events) => stream.append(events),
    events: (query = {}, { signal } = {}) => {
      const events = follow(stream, plan(query), collector.gapEvent);
      return signal ? events.pipe(takeUntilCancelled(signal)) : events;
    },
    frames: (query = {}, { signal, bookmarkEvery = 15_000, paused } = {}) => {
      plan(query);
      const frames = framesOf(collector, query, bookmarkEvery, scheduler, paused);
      return signal ? frames.pipe(takeUntilCancelled(signal)) : frames;
    },
    reader: (query = {}) => new Reader(stream, plan(query)),
    cursorOf: (event) => stream.cursorAt(event.seq),
    gapEvent: ({ from, to, reason }) => ({
      ...gapEvent({
        source: { engine: 'tidings' },
        timeNano: now(scheduler),
        reason,
        detail: `events ${from} to ${to} can no longer be had`,
        count: to - from + 1,
      }),
      seq: to,
    }),
    complete: () => stream.end(),
  };
  return collector;
}

function now(scheduler: SchedulerLike): bigint {
  return BigInt(Math.trunc(scheduler.now())) * 1_000_000n;
}

function sourceFailed(error: unknown, timeNano: bigint): IncomingEvent {
  const detail = `a source failed and is no longer followed: ${error instanceof Error ? error.message : String(error)}`;
  return gapEvent({ source: { engine: 'tidings' }, timeNano, reason: 'upstream', detail });
}
