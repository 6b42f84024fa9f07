/**
 * The one place that orders events: checks, numbers and holds them, and passes them to listeners.
 */
import { asyncScheduler, type SchedulerLike } from 'rxjs';
import { type EngineEvent, gapEvent, OwnEvent } from '../event.ts';
import { fitting, LARGEST } from '../event-size.ts';
import { copyEvent } from '../foreign-event.ts';
import { type Log, silent } from '../log.ts';
import type { Archive } from './archive.ts';
import { formatCursor, newEpoch, parseCursor } from './cursor.ts';
import type { GapFrame, ReadyFrame } from './frames.ts';
import { Listeners } from './listeners.ts';
import { alone } from './faults.ts';
import { Ring } from './ring.ts';

/** A position in the stream, as the stream sees it. */
export interface Reader {
  /** Count of events that the stream is ahead of it. */
  readonly lag: number;
  /** Called when no event will follow. */
  end(reason: 'shutdown'): void;
  /** Wakes the waiting owner. */
  wake(): void;
}

/** Options of a collector: bounds of its buffer, clock and archive. */
export interface CollectorOptions {
  /** Most events held in memory: the newest. Default 100,000. */
  readonly limit?: number;
  /**
   * Most bytes of the events in memory, 1 or more: the UTF-8 of their strings, plus 256 bytes for
   * each event and 48 for each attribute. Default 64 MiB.
   */
  readonly limitBytes?: number;
  /** The name of this numbering in cursors, 1 to 16 of `[0-9a-z]`. Default: a new one. */
  readonly epoch?: string;
  /** The number that the next event gets, 1 or more. Default 1. */
  readonly first?: number;
  /** Source of events older than those in memory. Default: none. */
  readonly archive?: Archive;
  /** The clock of `until` and of bookmarks. Default: the wall clock. */
  readonly scheduler?: SchedulerLike;
  /** Reports objects that are not events. Default: no log. */
  readonly log?: Log;
}

/** Most events that the archive takes at a time. */
const BATCH = 256;

export class Stream {
  readonly epoch: string;
  readonly first: number;
  readonly ring: Ring;
  readonly listeners: Listeners = new Listeners();
  readonly archive: Archive | undefined;
  readonly scheduler: SchedulerLike;
  /** Every open cursor. */
  readonly cursors: Set<Reader> = new Set();
  /** Cursors to wake at the next event, once. */
  readonly waiters: Set<Reader> = new Set();
  /** The place of the next subscriber. */
  nextOrder = 0;
  /** Events with a lower number have been passed to every listener. */
  delivered: number;
  ended = false;
  /** Counts of rejected objects, and of events that were cut because they were too large. */
  rejected = 0;
  cut = 0;
  readonly #log: Log;
  #telling = false;
  #ending = false;
  /** Events that listeners append during a delivery; they follow it. */
  readonly #backlog: (readonly OwnEvent[])[] = [];
  /** Work to do after the current delivery. */
  #afterwards: (() => void)[] = [];
  /** Most events of one batch. */
  readonly #batch: number;

  /** @throws RangeError if `limit` is not a whole number from 1 to 2^24, or `limitBytes` is below 1 */
  constructor(options: CollectorOptions) {
    const { limit = 100_000, limitBytes = 64 * 2 ** 20, epoch = newEpoch(), first = 1, archive } = options;
    this.epoch = epoch;
    this.ring = new Ring(limit, first, limitBytes);
    this.first = first;
    this.delivered = first;
    this.scheduler = options.scheduler ?? asyncScheduler;
    this.archive = archive;
    this.#log = options.log ?? silent;
    this.#batch = limitBytes < 2 * LARGEST ? 1 : Math.min(BATCH, limit);
  }

  /** The number after the newest readable event. */
  get head(): number {
    return this.ring.head;
  }

  /** The oldest readable number. */
  get oldest(): number {
    return Math.min(this.ring.oldest, this.archive?.oldest ?? Number.POSITIVE_INFINITY);
  }

  /** The oldest readable number, or 1 if events since then may be gone. */
  firstSince(since: bigint): number {
    const forgotten = this.archive === undefined ? this.ring.forgotten : this.archive.forgotten;
    return forgotten !== undefined && forgotten >= since ? 1 : this.oldest;
  }

  cursorAt(seq: number): string {
    return formatCursor(this.epoch, seq);
  }

  /** The newest cursor that survives a crash; undefined without an archive. */
  get durable(): string | undefined {
    return this.archive && this.cursorAt(this.archive.durable);
  }

  /** The first frame of a subscription that begins now. */
  get ready(): ReadyFrame {
    const [oldest, newest] = [this.cursorAt(this.oldest), this.cursorAt(this.head - 1)];
    return { kind: 'ready', oldest, newest, durable: this.durable };
  }

  /**
   * Takes events, and passes each to all listeners before the next one, before it returns. If a
   * listener calls it, the events follow after the current delivery.
   */
  append(values: readonly unknown[]): void {
    if (this.#ending) return;
    if (this.#telling) return void this.#backlog.push(values.map((value) => this.#admit(value)));
    this.#telling = true;
    this.#takeAll(values);
    for (let next = this.#backlog.shift(); next !== undefined; next = this.#backlog.shift())
      this.#takeAll(next);
    this.#telling = false;
    const afterwards = this.#afterwards;
    this.#afterwards = [];
    for (const work of afterwards) alone(work);
    for (const cursor of this.waiters) cursor.wake();
    this.waiters.clear();
  }

  /** Ends the stream: every subscription gets its pending events, then its end. */
  end(): void {
    if (this.#ending) return;
    this.#ending = true;
    this.afterTelling(() => {
      this.ended = true;
      for (const cursor of this.cursors) cursor.end('shutdown');
    });
  }

  /**
   * Runs the work now or, during a delivery, after it: until then, listeners have received
   * different events.
   */
  afterTelling(work: () => void): void {
    if (this.#telling) this.#afterwards.push(work);
    else work();
  }

  /** Makes the event for a gap, for protocols without frames. */
  gapEvent({ from, to, reason, count }: GapFrame): EngineEvent {
    const [first, last] = [parseCursor(from).seq, parseCursor(to).seq];
    const detail = `events ${first} to ${last} are no longer available`;
    const event = gapEvent({ source: OURS, timeNano: this.now(), reason, detail, count });
    return Object.assign(event, { seq: last });
  }

  /** The scheduler's time: nanoseconds since the Unix epoch. */
  now(): bigint {
    return BigInt(Math.trunc(this.scheduler.now())) * 1_000_000n;
  }

  /**
   * Accepts our own events unchanged, copies and checks others; an invalid object becomes a gap.
   */
  #admit(value: unknown): OwnEvent {
    if (value instanceof OwnEvent && !value.numbered) return value;
    try {
      return copyEvent(value);
    } catch (error) {
      const rejected = ++this.rejected;
      const detail = `a source sent an invalid event: ${messageOf(error)}`;
      // Logs the 1st, 2nd, 4th, 8th … only: a source of invalid objects does not fill the log.
      if ((rejected & (rejected - 1)) === 0) this.#log.warn({ rejected }, detail);
      return gapEvent({ source: OURS, timeNano: this.now(), reason: 'upstream', detail, count: 1 });
    }
  }

  /**
   * Numbers each event and passes it to all listeners before the next one. The archive takes them
   * batch by batch, so that memory drops no event that it lacks.
   */
  #takeAll(values: readonly unknown[]): void {
    const { ring, listeners, archive } = this;
    for (let i = 0; i < values.length;) {
      const end = Math.min(values.length, i + this.#batch);
      if (archive?.mark !== undefined) archive.mark(this.head + end - i);
      for (let bytes = 0; i < end && bytes <= ring.limitBytes / 8; i++) {
        const event = this.#admit(values[i]);
        const fitted = fitting(event);
        if (fitted !== event) this.cut++;
        ring.push(fitted);
        bytes += fitted.bytes;
        listeners.tell(fitted);
        this.delivered = ring.head;
      }
      if (archive?.record !== undefined) alone(archive.record);
    }
  }
}

const OURS = { engine: 'tidings' };

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 300);
}
