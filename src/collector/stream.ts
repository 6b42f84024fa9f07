/** The one place where events get their order: numbers, the ring, and handing on to whoever listens. */
import {
  NEVER,
  type MonoTypeOperatorFunction,
  pipe,
  type SchedulerLike,
  skip,
  type Subscription,
} from 'rxjs';
import { takeUntilTime } from '../../operators/takeUntilTime.ts';
import type { EngineEvent, IncomingEvent } from '../event.ts';
import type { Archive } from './archive.ts';
import { formatCursor, type Position } from './cursor.ts';
import { Followers } from './followers.ts';
import { type Plan, through } from './plan.ts';
import type { Reader } from './reader.ts';
import { Ring } from './ring.ts';
import { Router } from './router.ts';
import { Walker } from './walker.ts';

/** Events handed on in one go, so that each listener's code stays hot in the cache. */
const SLICE = 256;

/** A subscription that can be told that the stream has ended. */
export interface Endable {
  /** Delivers what is due and completes. */
  finish(): void;
}

export class Stream {
  readonly epoch: string;
  readonly ring: Ring;
  readonly router: Router = new Router();
  readonly archive: Archive | undefined;
  readonly scheduler: SchedulerLike;
  /** Listeners to everything: one that joins while events are handed on has nothing new to read. */
  readonly followers: Followers = new Followers();
  /** Every pushing subscription. */
  readonly pushes: Set<Endable> = new Set();
  /** Every open reader. */
  readonly readers: Set<Reader> = new Set();
  /** Readers that want to be told of any event, once. */
  readonly waiters: Set<Reader> = new Set();
  /** Events with a lower number have been offered to every listener. */
  delivered: number;
  ended = false;
  #delivering = false;
  /** What listeners appended while being told: it comes after what they are being told. */
  #backlog: IncomingEvent[] = [];
  /** What is to be done once everybody has been told. */
  #afterwards: (() => void)[] = [];
  #awake: Set<Reader> = new Set();

  constructor(options: {
    readonly limit: number;
    readonly epoch: string;
    readonly first: number;
    readonly scheduler: SchedulerLike;
    readonly archive: Archive | undefined;
  }) {
    this.epoch = options.epoch;
    this.ring = new Ring(options.limit, options.first);
    this.delivered = options.first;
    this.scheduler = options.scheduler;
    this.archive = options.archive;
  }

  /** The oldest number that can be had. */
  get oldest(): number {
    return Math.min(this.ring.oldest, this.archive?.oldest ?? Number.POSITIVE_INFINITY);
  }

  cursorAt(seq: number): string {
    return formatCursor(this.epoch, seq);
  }

  /** Numbers the events and hands them on, before it returns unless called from a listener. */
  append(events: readonly IncomingEvent[]): void {
    if (this.ended) return;
    if (this.#delivering) {
      for (const event of events) this.#backlog.push(event);
      return;
    }
    this.#appendSlices(events);
    while (this.#backlog.length > 0) {
      const backlog = this.#backlog;
      this.#backlog = [];
      this.#appendSlices(backlog);
    }
    const afterwards = this.#afterwards;
    this.#afterwards = [];
    for (const work of afterwards) work();
    for (const reader of this.waiters) this.wake(reader);
    this.waiters.clear();
  }

  /** Tells the reader's owner, once for all that happens in this turn of the event loop. */
  wake(reader: Reader): void {
    if (this.#awake.size === 0) {
      queueMicrotask(() => {
        const awake = this.#awake;
        this.#awake = new Set();
        for (const each of awake) each.notify();
      });
    }
    this.#awake.add(reader);
  }

  /** No event comes after this: every subscription gets what it is due, then its end. */
  end(): void {
    this.ended = true;
    this.#afterTelling(() => {
      for (const push of this.pushes) push.finish();
      for (const reader of this.readers) reader.end('shutdown');
    });
  }

  /** Where a subscription begins, and what lets its events through. */
  start(plan: Plan): { walker: Walker; select: MonoTypeOperatorFunction<EngineEvent> } {
    const { cursor, tail, window } = plan;
    if (tail !== undefined) return this.#startAtTail(plan, tail);
    if (cursor !== undefined) return { walker: this.#walkerAfter(cursor, plan), select: plan.select };
    let position = this.ring.head;
    if (window.since !== undefined) position = this.#firstSince(window.since);
    else if (!plan.follow) position = this.oldest;
    return { walker: this.#walkerAt(position, plan), select: plan.select };
  }

  /** Calls back when the clock reaches the plan's `until`; at once when that is past, unless events are handed on. */
  atUntil(plan: Plan, callback: () => void): Subscription | undefined {
    const { until } = plan.window;
    if (until === undefined) return undefined;
    return NEVER.pipe(takeUntilTime(until, this.scheduler)).subscribe({
      complete: () => this.#afterTelling(callback),
    });
  }

  /** Does it now or, in the middle of handing events on, when everybody has had them: until then, who has is not known. */
  #afterTelling(work: () => void): void {
    if (this.#delivering) this.#afterwards.push(work);
    else work();
  }

  #appendSlices(events: readonly IncomingEvent[]): void {
    const size = Math.min(SLICE, this.ring.limit);
    this.#delivering = true;
    try {
      for (let i = 0; i < events.length; i += size) {
        const end = Math.min(i + size, events.length);
        const slice: EngineEvent[] = [];
        for (let j = i; j < end; j++) {
          const event = numbered(events[j] as IncomingEvent, this.ring.head);
          this.ring.push(event);
          slice.push(event);
        }
        this.archive?.record?.();
        this.#deliver(slice);
      }
    } finally {
      this.#delivering = false;
    }
  }

  #deliver(events: readonly EngineEvent[]): void {
    this.followers.tell(events);
    if (!this.router.empty) for (const event of events) this.router.dispatch(event);
    this.delivered = this.ring.head;
  }

  #walkerAt(position: number, plan: Plan): Walker {
    return new Walker(this.ring, this.archive, position, plan.window);
  }

  /** A cursor of another epoch is answered with a gap and everything that there is. */
  #walkerAfter({ epoch, seq }: Position, plan: Plan): Walker {
    if (epoch !== this.epoch) {
      const walker = this.#walkerAt(this.oldest, plan);
      walker.announce({ from: 1, to: this.oldest - 1, reason: 'epoch' });
      return walker;
    }
    if (seq >= this.ring.head) {
      throw new RangeError(
        `cursor ${this.cursorAt(seq)} is ahead of the stream, whose newest is ${this.cursorAt(this.ring.head - 1)}`,
      );
    }
    return this.#walkerAt(seq + 1, plan);
  }

  /** From the oldest event that can be had, or from the first when some that may match are gone. */
  #firstSince(since: bigint): number {
    const forgotten = this.archive === undefined ? this.ring.forgotten : this.archive.forgotten;
    return forgotten !== undefined && forgotten >= since ? 1 : this.oldest;
  }

  /** Looks back in growing steps until enough events match, then skips those too many. */
  #startAtTail(plan: Plan, tail: number): { walker: Walker; select: MonoTypeOperatorFunction<EngineEvent> } {
    const { oldest } = this;
    for (let span = tail; ; span = span * 4 + 64) {
      const from = Math.max(oldest, this.ring.head - span);
      const matching = tail === 0 ? 0 : this.#count(from, plan);
      if (matching < tail && from > oldest) continue;
      const select = matching > tail ? pipe(plan.select, skip(matching - tail)) : plan.select;
      return { walker: this.#walkerAt(from, plan), select };
    }
  }

  #count(from: number, plan: Plan): number {
    const walker = this.#walkerAt(from, plan);
    let count = 0;
    const filter = through(plan.select);
    while (!walker.done) count += filter(walker.step(SLICE).events).length;
    return count;
  }
}

/** The event with its number: the same object unless it already has one, from another collector. */
function numbered(event: IncomingEvent & { seq?: number }, seq: number): EngineEvent {
  if (event.seq !== undefined && event.seq !== 0) return renumbered(event, seq);
  event.seq = seq;
  return event as EngineEvent;
}

function renumbered(event: IncomingEvent, seq: number): EngineEvent {
  const { timeNano, type, action, id, name, attributes, scope, source } = event;
  const scoped = scope === undefined ? {} : { scope };
  return { seq, timeNano, type, action, id, name, attributes, ...scoped, source };
}
