/**
 * The collector: puts the events of all engines in one order, holds them for a while, and delivers
 * them to subscribers.
 */
import type { Observable, Subscription } from 'rxjs';
import { type EngineEvent, gapEvent, type IncomingEvent } from '../event.ts';
import type { Frame, GapFrame } from './frames.ts';
import type { Query } from './query.ts';
import { StreamCursor } from './stream-cursor.ts';
import { type CollectorOptions, Stream } from './stream.ts';
import { events, type FrameOptions, frames, select } from './subscription.ts';

/** Options of one subscription, besides its query. */
export interface SubscribeOptions {
  /** Ends the subscription at once when aborted. */
  readonly signal?: AbortSignal | undefined;
}

/** State of a collector, in numbers. */
export interface CollectorStatus {
  /** Events numbered since it was created. */
  readonly events: number;
  /** Count of open subscriptions of any kind. */
  readonly subscriptions: number;
  /** Lag of the slowest reader, in events. */
  readonly lag: number;
  /** Events in memory, and their bytes: see `limitBytes`. */
  readonly held: number;
  readonly heldBytes: number;
  /** Count of objects that are not events: each is a gap in the stream. */
  readonly rejected: number;
  /** Count of events that were cut because their JSON exceeded 4 MiB. */
  readonly cut: number;
}

/**
 * Numbers the events of all engines in one order, keeps the newest, and lets any number of
 * subscribers read them.
 */
export interface Collector {
  /** The name of this numbering in cursors. */
  readonly epoch: string;
  /** The cursor of the oldest readable event, and of the newest. */
  readonly oldest: string;
  readonly newest: string;
  /** The cursor before the oldest event in memory: resuming from it gives the whole buffer. */
  readonly bufferStart: string;
  /** The newest cursor that survives a crash; undefined without an archive. */
  readonly durable: string | undefined;
  readonly status: CollectorStatus;
  /**
   * Takes events, or lists of them, from a source until it ends; its error becomes a gap event.
   * Foreign objects are checked and copied, never written to; an invalid one becomes a gap event.
   */
  attach(source: Observable<IncomingEvent | readonly IncomingEvent[]>): Subscription;
  /**
   * Takes a list of events now, as `attach` does. Ignores events after {@link Collector.complete}.
   */
  append(events: readonly IncomingEvent[]): void;
  /**
   * The events of a query: replay, then live. Missing events appear as an event of type `daemon`,
   * action `gap`.
   *
   * @throws RangeError at the call if the query is invalid
   */
  events(query?: Query, options?: SubscribeOptions): Observable<EngineEvent>;
  /** The same as frames, which also report progress, gaps and the reason of the end. */
  frames(query?: Query, options?: FrameOptions): Observable<Frame>;
  /** The same, read at the reader's pace: for sockets and disks. Close it after use. */
  reader(query?: Query): StreamCursor;
  /** The cursor of an event of this collector. */
  cursorOf(event: EngineEvent): string;
  /** Makes the event for a gap, for protocols without frames. */
  gapEvent(gap: GapFrame): EngineEvent;
  /** Ends the stream: every subscription gets its pending events, then completes. */
  complete(): void;
}

/**
 * Creates a collector.
 *
 * Memory: `limit` events or `limitBytes`, whichever is less, and a few hundred bytes for each
 * subscription, however far it lags.
 *
 * @throws RangeError if `limit` is not a whole number from 1 to 2^24, or `limitBytes` is below 1
 *
 * @example
 * const collector = createCollector({ limit: 10_000 });
 * collector.attach(followDocker());
 * collector.events({ since: instant.parse('1h') }).subscribe(({ action, name }) => console.log(action, name));
 */
export function createCollector(options: CollectorOptions = {}): Collector {
  const stream = new Stream(options);
  return {
    epoch: stream.epoch,
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
      return stream.durable;
    },
    get status() {
      const { ring, cursors, rejected, cut } = stream;
      let lag = 0;
      for (const cursor of cursors) lag = Math.max(lag, cursor.lag);
      return {
        events: stream.head - stream.first,
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
    append: (list) => stream.append(list),
    events: (query = {}, { signal } = {}) => events(stream, query, signal),
    frames: (query = {}, frameOptions = {}) => frames(stream, query, frameOptions),
    reader: (query = {}) => new StreamCursor(stream, select(query), true),
    cursorOf: (event) => stream.cursorAt(event.seq),
    gapEvent: (gap) => stream.gapEvent(gap),
    complete: () => stream.end(),
  };
}

function sourceFailed(error: unknown, timeNano: bigint): IncomingEvent {
  const detail = `a source failed and is no longer followed: ${error instanceof Error ? error.message : String(error)}`;
  return gapEvent({ source: { engine: 'tidings' }, timeNano, reason: 'upstream', detail });
}
