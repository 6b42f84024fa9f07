/** The collector: events of every engine in one order, kept a while, handed to whoever subscribes. */
import { asyncScheduler, type Observable, type SchedulerLike, type Subscription } from 'rxjs';
import { takeUntilCancelled } from '../../operators/takeUntilCancelled.ts';
import { type EngineEvent, gapEvent, type IncomingEvent } from '../event.ts';
import { type Log, silent } from '../log.ts';
import type { Archive, Span } from './archive.ts';
import { newEpoch } from './cursor.ts';
import type { Frame } from './frames.ts';
import { type FrameOptions, framesOf } from './frames-of.ts';
import type { Query } from './query.ts';
import { StreamCursor } from './stream-cursor.ts';
import { Stream } from './stream.ts';
import { select, subscription } from './subscription.ts';

export interface CollectorOptions {
  /** How many of the newest events are held in memory. Default 100,000. */
  readonly limit?: number;
  /**
   * How many bytes the events in memory may have together, 1 or more: the UTF-8 of their strings, and 256 bytes for each
   * event and 48 for each attribute. Default 64 MiB.
   */
  readonly limitBytes?: number;
  /** The name of this numbering in cursors, 1 to 16 of `[0-9a-z]`. Default: a new one. */
  readonly epoch?: string;
  /** The number that the next event gets, 1 or more. Default 1. */
  readonly first?: number;
  /** Where events older than those in memory are read from. Default: nowhere. */
  readonly archive?: Archive;
  /** The clock of `until` and of bookmarks. Default: the wall clock. */
  readonly scheduler?: SchedulerLike;
  /** Told of objects that are no events. Default: nothing is. */
  readonly log?: Log;
}

export interface SubscribeOptions {
  /** Ends the subscription at once when aborted. */
  readonly signal?: AbortSignal | undefined;
}

/** What a collector has and does, in numbers. */
export interface CollectorStatus {
  /** Events numbered since it was created. */
  readonly events: number;
  /** Subscriptions of any kind that are open. */
  readonly subscriptions: number;
  /** How many events the slowest reader is behind. */
  readonly lag: number;
  /** Events in memory, and their bytes: see `limitBytes`. */
  readonly held: number;
  readonly heldBytes: number;
  /** Objects that could not be events: each is a gap in the stream. */
  readonly rejected: number;
  /** Events that were cut as they had more than 1 MiB. */
  readonly cut: number;
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
  /**
   * Takes events, or lists of them, from a source until it ends; its error becomes a gap event. Objects that the product
   * has not made itself are checked and copied, and never written to; one that is no event becomes a gap event.
   */
  attach(source: Observable<IncomingEvent | readonly IncomingEvent[]>): Subscription;
  /** Takes a list of events now, as `attach` does. After {@link Collector.complete} they are ignored. */
  append(events: readonly IncomingEvent[]): void;
  /**
   * The events that a query asks for: replay, then live. Events that can no longer be had are stood for
   * by an event of type `daemon`, action `gap`.
   *
   * @throws RangeError at the call when the query is invalid
   */
  events(query?: Query, options?: SubscribeOptions): Observable<EngineEvent>;
  /** The same as frames, which tell of progress, gaps and why the end came. */
  frames(query?: Query, options?: FrameOptions): Observable<Frame>;
  /** The same, read at the reader's pace: for sockets and disks. Close it when done. */
  reader(query?: Query): StreamCursor;
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
 * Memory: `limit` events or `limitBytes`, whichever is less, and a few hundred bytes for each subscription, however far it lags.
 *
 * @throws RangeError on a `limit` that is no whole number from 1 to 2^24, or `limitBytes` below 1
 */
export function createCollector(options: CollectorOptions = {}): Collector {
  const { limit = 100_000, limitBytes = 64 * 2 ** 20, epoch = newEpoch(), first = 1, archive } = options;
  const { scheduler = asyncScheduler, log = silent } = options;
  const stream = new Stream({ limit, limitBytes, epoch, first, archive, scheduler, log });

  const collector: Collector = {
    epoch,
    get oldest() {
      return stream.cursorAt(stream.oldest);
    },
    get newest() {
      return stream.cursorAt(stream.head - 1);
    },
    get bufferStart() {
      return stream.cursorAt(stream.ring.oldest - 1);
    },
    get durable() {
      return archive && stream.cursorAt(archive.durable);
    },
    get status() {
      const { ring, cursors, rejected, cut } = stream;
      let lag = 0;
      for (const cursor of cursors) lag = Math.max(lag, cursor.lag);
      return {
        events: stream.head - first,
        subscriptions: cursors.size,
        lag,
        held: ring.head - ring.oldest,
        heldBytes: ring.bytes,
        rejected,
        cut,
      };
    },
    attach: (source) =>
      source.subscribe({
        next: (value: unknown) => stream.append(Array.isArray(value) ? value : [value]),
        error: (error: unknown) => stream.append([sourceFailed(error, stream.now())]),
      }),
    append: (events) => stream.append(events),
    events: (query = {}, { signal } = {}) => subscription(stream, query, signal),
    frames: (query = {}, frameOptions = {}) => {
      const selection = select(query);
      const frames = framesOf(stream, () => new StreamCursor(stream, selection, true), frameOptions);
      const { signal } = frameOptions;
      return signal ? frames.pipe(takeUntilCancelled(signal)) : frames;
    },
    reader: (query = {}) => new StreamCursor(stream, select(query), true),
    cursorOf: (event) => stream.cursorAt(event.seq),
    gapEvent: (gap) => stream.gapEvent(gap),
    complete: () => stream.end(),
  };
  return collector;
}

function sourceFailed(error: unknown, timeNano: bigint): IncomingEvent {
  const detail = `a source failed and is no longer followed: ${error instanceof Error ? error.message : String(error)}`;
  return gapEvent({ source: { engine: 'tidings' }, timeNano, reason: 'upstream', detail });
}
