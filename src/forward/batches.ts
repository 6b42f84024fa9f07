/** Batches of events from a cursor, bounded by count, bytes and time. */
import { Observable, type SchedulerLike, type Subscriber, type Subscription } from 'rxjs';
import type { Span } from '../collector/archive.ts';
import type { StreamCursor } from '../collector/stream-cursor.ts';
import type { EngineEvent } from '../event.ts';
import type { BatchLimits } from './forwarder.ts';
import type { Item } from './sink.ts';

/** Most events read in one turn of the event loop. */
const TURN = 256;

export interface BatchesOptions {
  readonly reader: StreamCursor;
  readonly limits: BatchLimits;
  /** Encodes an event; undefined if it must be left out. */
  readonly encode: (event: EngineEvent) => Item | undefined;
  /** Makes the event of a gap. */
  readonly gapEvent: (gap: Span) => EngineEvent;
  readonly scheduler: SchedulerLike;
  /** Runs work in a later turn of the event loop. Default `setImmediate`. */
  readonly later?: ((work: () => void) => void) | undefined;
}

/**
 * Reads the stream batch by batch, each on demand: the stream keeps the rest.
 *
 * Memory: one batch that is under way, one that is read ahead, and the events of one read.
 */
export class Batches {
  /** Most bytes of a batch from now on: less after a receiver refused a batch as too large. */
  bytes: number;
  readonly #options: BatchesOptions;
  readonly #later: (work: () => void) => void;
  /** Encoded events, not yet in a batch. */
  #items: Item[] = [];

  constructor(options: BatchesOptions) {
    this.#options = options;
    this.#later = options.later ?? setImmediate;
    this.bytes = options.limits.bytes;
  }

  /** True if no batch will follow. */
  get ended(): boolean {
    return this.#items.length === 0 && this.#options.reader.ended !== undefined;
  }

  /** True if every event that was read is in a batch. */
  get idle(): boolean {
    return this.#items.length === 0;
  }

  /**
   * Reads events of the next batch, once.
   *
   * @returns true if there can be more of them
   */
  readAhead(): boolean {
    const before = this.#items.length;
    if (this.#isFull) return false;
    this.#read();
    return this.#items.length > before;
  }

  /** Emits the next batch, and completes; without a batch if the stream has ended. Subscribe once. */
  next(): Observable<readonly Item[]> {
    return new Observable((subscriber) => {
      const { reader, scheduler, limits } = this.#options;
      let due: Subscription | undefined;
      const emit = (): void => {
        const batch = this.#take();
        if (batch.length > 0) subscriber.next(batch);
        subscriber.complete();
      };
      const turn = (): void => {
        if (subscriber.closed) return;
        this.#read();
        const waits = reader.caughtUp && reader.ended === undefined;
        if (this.#isFull) return emit();
        if (reader.ended !== undefined && reader.caughtUp) return emit();
        if (this.#items.length > 0) due ??= this.#deadline(emit, scheduler, limits.every, subscriber);
        if (waits) reader.wait(turn);
        else this.#later(turn);
      };
      turn();
    });
  }

  #deadline(
    emit: () => void,
    scheduler: SchedulerLike,
    every: number,
    subscriber: Subscriber<unknown>,
  ): Subscription {
    const due = scheduler.schedule(emit, every);
    subscriber.add(due);
    return due;
  }

  get #isFull(): boolean {
    if (this.#items.length >= this.#options.limits.count) return true;
    let bytes = 0;
    for (const item of this.#items) if ((bytes += item.bytes) >= this.bytes) return true;
    return false;
  }

  #read(): void {
    const { reader, limits, encode, gapEvent } = this.#options;
    const room = Math.min(TURN, limits.count - this.#items.length);
    if (room <= 0 || (reader.caughtUp && reader.ended !== undefined)) return;
    const { events, gap } = reader.read(room, this.bytes);
    const all = gap === undefined ? events : [...events, gapEvent(gap)];
    for (const event of all) {
      const item = encode(event);
      if (item !== undefined) this.#items.push(item);
    }
  }

  /** The first events that fit a batch: one or more. */
  #take(): readonly Item[] {
    const { count } = this.#options.limits;
    let taken = 0;
    for (let bytes = 0; taken < this.#items.length && taken < count; taken++) {
      bytes += this.#items[taken]?.bytes ?? 0;
      if (bytes > this.bytes && taken > 0) break;
    }
    return this.#items.splice(0, taken);
  }
}
