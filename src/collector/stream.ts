/** The one place where events get their order: checked, numbered, held, and told to whoever listens. */
import type { SchedulerLike } from 'rxjs';
import { type EngineEvent, gapEvent, OwnEvent } from '../event.ts';
import { fitting, sizeOf } from '../event-size.ts';
import { copyEvent } from '../foreign-event.ts';
import type { Log } from '../log.ts';
import type { Archive, Span } from './archive.ts';
import { formatCursor } from './cursor.ts';
import { Listeners } from './listeners.ts';
import { alone } from './report.ts';
import { Ring } from './ring.ts';

/** A position in the stream, as far as the stream has to do with it. */
export interface Reader {
  /** How many events the stream is ahead of it. */
  readonly lag: number;
  /** No event comes after this. */
  end(reason: 'shutdown'): void;
  /** Time to tell the owner that waits. */
  notify(): void;
}

export interface StreamOptions {
  readonly limit: number;
  readonly limitBytes: number;
  readonly epoch: string;
  readonly first: number;
  readonly scheduler: SchedulerLike;
  readonly archive: Archive | undefined;
  readonly log: Log;
}

/** Events that get their numbers at a time. */
const BATCH = 256;

export class Stream {
  readonly epoch: string;
  readonly ring: Ring;
  readonly listeners: Listeners = new Listeners();
  readonly archive: Archive | undefined;
  readonly scheduler: SchedulerLike;
  /** Every open cursor. */
  readonly cursors: Set<Reader> = new Set();
  /** Cursors that want to be told of any event, once. */
  readonly waiters: Set<Reader> = new Set();
  /** The place of the next one that subscribes. */
  nextOrder = 0;
  /**
   * The number after the newest event that anybody may have: those of a batch beyond it have their numbers already, as the
   * archive has to have them first.
   */
  head: number;
  /** Events with a lower number have been told to every listener. */
  delivered: number;
  ended = false;
  /** What was taken for no event, and events that were cut as they were too large. */
  rejected = 0;
  cut = 0;
  readonly #log: Log;
  #telling = false;
  #ending = false;
  /** What listeners append while they are told: it comes after what they are told. */
  #backlog: OwnEvent[] = [];
  /** What is to be done once everybody has been told. */
  #afterwards: (() => void)[] = [];
  #awake: Set<Reader> = new Set();

  constructor({ limit, limitBytes, epoch, first, scheduler, archive, log }: StreamOptions) {
    this.epoch = epoch;
    this.ring = new Ring(limit, first, limitBytes);
    this.head = first;
    this.delivered = first;
    this.scheduler = scheduler;
    this.archive = archive;
    this.#log = log;
  }

  /** The oldest number that can be had. */
  get oldest(): number {
    return Math.min(this.ring.oldest, this.archive?.oldest ?? Number.POSITIVE_INFINITY);
  }

  /** The oldest number that can be had, or 1 when events since then may be gone. */
  firstSince(since: bigint): number {
    const forgotten = this.archive === undefined ? this.ring.forgotten : this.archive.forgotten;
    return forgotten !== undefined && forgotten >= since ? 1 : this.oldest;
  }

  cursorAt(seq: number): string {
    return formatCursor(this.epoch, seq);
  }

  /**
   * Takes events, and tells everybody of each before the next one, before it returns. Called by a listener, it takes them
   * when everybody has been told of what is being told.
   */
  append(values: readonly unknown[]): void {
    if (this.#ending) return;
    if (this.#telling) {
      for (const value of values) this.#backlog.push(this.#admit(value));
      return;
    }
    this.#telling = true;
    this.#takeAll(values.length, (i) => this.#admit(values[i]));
    while (this.#backlog.length > 0) {
      const backlog = this.#backlog;
      this.#backlog = [];
      this.#takeAll(backlog.length, (i) => backlog[i] as OwnEvent);
    }
    this.#telling = false;
    const afterwards = this.#afterwards;
    this.#afterwards = [];
    for (const work of afterwards) alone(work);
    for (const cursor of this.waiters) this.wake(cursor);
    this.waiters.clear();
  }

  /** Tells the cursor's owner, once for all that happens in this turn of the event loop. */
  wake(cursor: Reader): void {
    if (this.#awake.size === 0) {
      queueMicrotask(() => {
        const awake = this.#awake;
        this.#awake = new Set();
        for (const each of awake) alone(() => each.notify());
      });
    }
    this.#awake.add(cursor);
  }

  /** No event is taken after this: every subscription gets what it is due, then its end. */
  end(): void {
    if (this.#ending) return;
    this.#ending = true;
    this.afterTelling(() => {
      this.ended = true;
      for (const cursor of this.cursors) cursor.end('shutdown');
    });
  }

  /** Does it now or, while events are told, when everybody has had them: until then, who has is not known. */
  afterTelling(work: () => void): void {
    if (this.#telling) this.#afterwards.push(work);
    else work();
  }

  /** The event that stands for a gap, where there is no room for frames. */
  gapEvent({ from, to, reason }: Span): EngineEvent {
    const detail = `events ${from} to ${to} can no longer be had`;
    const event = gapEvent({ source: OURS, timeNano: this.now(), reason, detail, count: to - from + 1 });
    return Object.assign(event, { seq: to });
  }

  /** By the scheduler's clock: nanoseconds since the Unix epoch. */
  now(): bigint {
    return BigInt(Math.trunc(this.scheduler.now())) * 1_000_000n;
  }

  /** An event of our own as it is, and a checked copy of any other; a gap for what is none. */
  #admit(value: unknown): OwnEvent {
    if (value instanceof OwnEvent && !value.numbered) return value;
    try {
      return copyEvent(value);
    } catch (error) {
      const rejected = ++this.rejected;
      const detail = `a source sent what is no event: ${messageOf(error)}`;
      // The 1st, 2nd, 4th, 8th …: a source that sends nothing else does not fill the log.
      if ((rejected & (rejected - 1)) === 0) this.#log.warn({ rejected }, detail);
      return gapEvent({ source: OURS, timeNano: this.now(), reason: 'upstream', detail, count: 1 });
    }
  }

  /** Numbers events batch by batch, has the archive take each batch, and tells everybody of one event after the other. */
  #takeAll(count: number, at: (i: number) => OwnEvent): void {
    const { ring, listeners } = this;
    const most = Math.min(BATCH, ring.limit);
    for (let i = 0; i < count;) {
      const batch: EngineEvent[] = [];
      // No more than memory has room for besides what it held before: an event is told while it is held.
      for (let size = 0; i < count && batch.length < most && size <= ring.limitBytes / 8; i++)
        size += this.#take(at(i), batch);
      this.#archive();
      for (const event of batch) {
        this.head = event.seq + 1;
        listeners.tell(event);
        this.delivered = this.head;
      }
    }
  }

  /** Gives an event its number; returns its bytes. */
  #take(given: OwnEvent, batch: EngineEvent[]): number {
    const { ring } = this;
    let size = sizeOf(given);
    let event = fitting(given, size);
    if (event !== given) {
      this.cut++;
      size = sizeOf(event);
    } else if (event.numbered) event = new OwnEvent(given); // The same object twice, or of two collectors.
    event.seq = ring.head;
    ring.push(event, size);
    batch.push(event);
    return size;
  }

  /** Has the archive read what nobody else may read yet. */
  #archive(): void {
    const { archive, head } = this;
    if (archive?.record === undefined) return;
    this.head = this.ring.head;
    alone(() => archive.record?.());
    this.head = head;
  }
}

const OURS = { engine: 'tidings' };

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 300);
}
