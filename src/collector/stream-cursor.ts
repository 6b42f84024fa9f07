/** A position in the stream: it moves, waits and ends. */
import { filter, identity, Observable, pipe, type Subscriber, type Subscription } from 'rxjs';
import { atTime } from '../../operators/clock-watch.ts';
import { type EngineEvent, sizeOf } from '../event.ts';
import type { Chunk, Span } from './archive.ts';
import type { EndFrame } from './frames.ts';
import type { Listener, ListenerPlace, Route } from './listeners.ts';
import { alone } from './faults.ts';
import { type Condition, onLists, type Operator, type Selection } from './selection.ts';
import type { Stream } from './stream.ts';
import { type TailSearch, tailSearch } from './tail-search.ts';

type EndReason = EndFrame['reason'];

type Step = Pick<Chunk, 'events' | 'gap'> & Partial<Chunk>;

type LiveListener = Pick<Subscriber<EngineEvent>, 'next' | 'complete'>;

/** Start of a cursor. */
interface Start {
  readonly position: number;
  /** Gap to report first. */
  readonly gap?: Span | undefined;
  /** Search to run first: it finds the position. */
  readonly search?: TailSearch | undefined;
  /** The number at which the cursor ends at the latest. */
  readonly stopAt?: number | undefined;
}

/**
 * Most routed events kept until the cursor's owner reads; beyond that, the stream is read instead.
 */
const HITS = 256;

/** Most bytes of events read in one step, plus one event: the memory of one reader. */
const STEP_BYTES = 2 ** 18;

/**
 * One reader's position: from the archive over the ring to the newest event. It holds a number and
 * no events, so a lagging reader costs nothing; it reports events that it misses as gaps. Close it
 * after use.
 */
export class StreamCursor implements Listener {
  /** The reason of the end; set once all pending events have been read. */
  ended: EndReason | undefined;
  /** Selects matching events; it must see every event in order. */
  readonly matching: Operator;
  readonly stream: Stream;
  readonly #selection: Selection;
  readonly #order: number;
  readonly #filter: ((events: readonly EngineEvent[]) => readonly EngineEvent[]) | undefined;
  readonly #until: Subscription | undefined;
  /** The number of the next event to examine. */
  #position: number;
  /** Count of events in the next step from the archive. */
  #archivedStep = 16;
  #stopAt: number;
  /** The search for the start, until it is found. */
  #search: TailSearch | undefined;
  /** Events with a lower number are only read to follow renames. */
  #first = 0;
  #announced: Span | undefined;
  /** True once it was in memory: later losses are its own lag, not the end of history. */
  #wasInMemory: boolean;
  /** Ids of renamed containers that it follows. */
  #ids: Set<string> | undefined;
  /** The test that the archive applies, made at the first read after it changed. */
  #condition: Condition | undefined;
  #place: ListenerPlace | undefined;
  /**
   * Caught up and on a route: all possible matches from the position on. Otherwise undefined:
   * examine each event.
   */
  #hits: EngineEvent[] | undefined;
  /** The live subscriber; set after the replay. */
  #live: LiveListener | undefined;
  #ending: EndReason | undefined;
  #waiting: (() => void) | undefined;
  #isWoken = false;

  /**
   * @param pulls true if its owner reads at its own pace: the cursor then selects and ends by
   *   itself. Otherwise a subscriber receives the live events, behind operators that do both
   * @throws RangeError if the cursor is ahead of the stream
   */
  constructor(
    stream: Stream,
    selection: Selection,
    pulls = false,
    start: Start = startOf(stream, selection),
  ) {
    const { query, route } = selection;
    this.stream = stream;
    this.#selection = selection;
    this.#order = stream.nextOrder++;
    this.#position = start.position;
    this.#announced = start.gap;
    this.#stopAt = start.stopAt ?? Number.POSITIVE_INFINITY;
    this.#search = start.search;
    this.#wasInMemory = (start.search === undefined ? start.position : stream.oldest) >= stream.ring.oldest;
    this.matching = this.#operator();
    stream.cursors.add(this);
    if (stream.ended) this.end('shutdown');
    else if (query.follow === false) this.end('complete');
    else if (pulls && route !== undefined) this.#join(this);
    if (!pulls) return;
    this.#filter = this.matching === identity ? undefined : onLists(this.matching);
    if (query.until !== undefined) this.#until = this.#endAt(query.until);
  }

  /** The number of the next event to examine. */
  get position(): number {
    const idle = this.isLive || this.#hits?.length === 0;
    return idle ? this.#reachedPosition : this.#position;
  }

  /**
   * Its position after delivery of all possible matches: the event in delivery may have been read
   * already.
   */
  get #reachedPosition(): number {
    return Math.max(this.#position, this.stream.delivered);
  }

  /** True once a listener receives the live events. */
  get isLive(): boolean {
    return this.#live !== undefined;
  }

  /** The cursor of the last event that was read or skipped. */
  get cursor(): string {
    return this.stream.cursorAt(this.position - 1);
  }

  /** Count of events that the stream is ahead. */
  get lag(): number {
    return Math.max(0, Math.min(this.#stopAt, this.stream.head) - this.position);
  }

  /** True if there is nothing to read at once. */
  get caughtUp(): boolean {
    return this.#hits === undefined ? this.#done : this.#hits.length === 0;
  }

  /** True if every event up to the end was examined. */
  get #done(): boolean {
    const end = Math.min(this.#stopAt, this.stream.head);
    return this.#position >= end && this.#announced === undefined && this.#search === undefined;
  }

  /**
   * Emits once the replay is over. The end is fixed at the call, so a stream that is faster than
   * its reader cannot delay it for ever.
   */
  get replayed(): Observable<unknown> {
    return new Observable((subscriber) => {
      if (this.isLive) subscriber.next(undefined);
      else this.end('until');
    });
  }

  /** Advances by about `limit` events of the stream. */
  read(limit: number, bytes: number = Number.POSITIVE_INFINITY): Chunk {
    const hits = this.#hits;
    if (hits !== undefined) {
      this.#hits = [];
      this.#position = this.#reachedPosition;
      return { events: this.#select(hits), more: !this.#done, archived: false };
    }
    const {
      events,
      gap,
      archived = false,
      looked,
    } = this.#step(limit, Math.max(1, Math.min(bytes, STEP_BYTES)));
    // First, as it may find a rename.
    const selected = this.#select(events);
    const more = !this.#done;
    if (!more) {
      this.ended = this.#ending;
      if (this.#place !== undefined) this.#hits = [];
    }
    return { events: selected, gap: this.#wanted(gap), more, archived, looked };
  }

  /** Calls back once, later, as soon as there may be events or the end to read. */
  wait(callback: () => void): void {
    this.#waiting = callback;
    if (!this.caughtUp || this.#ending !== undefined) this.wake();
    else if (this.#place === undefined) this.stream.waiters.add(this);
  }

  /** Wakes the waiting owner, once for all events in this turn of the event loop. */
  wake(): void {
    if (this.#waiting === undefined || this.#isWoken) return;
    this.#isWoken = true;
    queueMicrotask(() => {
      const callback = this.#waiting;
      this.#waiting = undefined;
      this.#isWoken = false;
      if (callback !== undefined) alone(callback);
    });
  }

  /** Hands over after the replay: from now on the listener receives the events. */
  handOver(listener: LiveListener): void {
    this.#live = listener;
    this.#join(listener);
  }

  /** Ends here: pending events can still be read. Later calls change nothing. */
  end(reason: EndReason): void {
    if (this.#ending !== undefined) return;
    this.#ending = reason;
    this.#walk();
    this.#leave();
    this.#stopAt = Math.min(this.#stopAt, this.stream.head);
    if (this.#done) this.ended = reason;
    this.wake();
    this.#live?.complete();
  }

  /** Frees all of its resources. */
  close(): void {
    this.#waiting = undefined;
    this.#leave();
    this.stream.cursors.delete(this);
  }

  /** Called by the stream with an event on the route of a reading owner. */
  next(event: EngineEvent): void {
    const hits = this.#hits;
    if (hits === undefined || event.seq < this.#position) return;
    hits.push(event);
    // Events after a rename may be on the route by an id that is not read yet.
    if (hits.length > HITS || event.action === 'rename') this.#walk();
    this.wake();
  }

  /** Emits the matching events of the tail; all of them without one. */
  #operator(): Operator {
    const { isNamed } = this.#selection;
    const operator = this.#selection.matching(isNamed ? (...args) => this.#follow(...args) : ignore);
    const wanted = filter(({ seq }: EngineEvent) => seq >= this.#first);
    return this.#search === undefined ? operator : pipe(operator, wanted);
  }

  #endAt(until: bigint): Subscription {
    const { scheduler } = this.stream;
    return atTime(until, () => this.stream.afterTelling(() => this.end('until')), scheduler);
  }

  #select(events: readonly EngineEvent[]): readonly EngineEvent[] {
    return this.#filter === undefined ? events : this.#filter(events);
  }

  /** The relevant part of a gap. */
  #wanted(gap: Span | undefined): Span | undefined {
    if (gap === undefined || this.#first <= gap.from) return gap;
    return this.#first > gap.to ? undefined : { ...gap, from: this.#first };
  }

  #step(limit: number, bytes: number): Step {
    if (this.#search !== undefined) return this.#seek(this.#search, limit);
    const gap = this.#announced;
    this.#announced = undefined;
    if (gap !== undefined || this.#done) return { events: [], gap };
    return this.#position < this.stream.ring.oldest
      ? this.#stepArchive(limit, bytes)
      : this.#stepRing(limit, bytes);
  }

  #seek(search: TailSearch, limit: number): Step {
    const { done, value } = search(limit);
    if (done === true) {
      this.#search = undefined;
      this.#position = value.position;
      this.#first = value.first;
    }
    return { events: [], archived: value.archived, looked: value.looked };
  }

  #stepRing(limit: number, bytes: number): Step {
    this.#wasInMemory = true;
    const { ring, head } = this.stream;
    const count = Math.min(limit, Math.min(this.#stopAt, head) - this.#position);
    const events = ring.read(this.#position, count, bytes);
    this.#position += events.length;
    return { events };
  }

  #stepArchive(limit: number, most: number): Step {
    const { archive, ring } = this.stream;
    const { query, having, isNamed } = this.#selection;
    this.#condition ??= this.#selection.condition(this.#ids);
    const held = Math.min(ring.oldest, this.#stopAt);
    const oldest = archive === undefined ? held : Math.min(archive.oldest, held);
    if (archive === undefined || this.#position < oldest) return this.#lose(oldest);
    const { since, until } = query;
    const some = Math.min(limit, this.#archivedStep);
    const { events, next, gap } = archive.read(this.#position, held, some, {
      since,
      until,
      names: this.#route,
      having,
      matches: this.#condition,
      endsAtRename: isNamed,
    });
    // The size is known only now: adapt the length of the next step.
    const bytes = events.reduce((sum, event) => sum + sizeOf(event), 0);
    this.#archivedStep = Math.max(1, Math.min(2 * some, Math.floor((some * most) / (bytes + 1))));
    // If memory has moved on and the archive knows nothing more, its disk could not keep up: the
    // events are lost.
    if (next <= this.#position && gap === undefined) return this.#lose(held);
    this.#position = next;
    return { events, gap, archived: true };
  }

  #lose(next: number): Step {
    const reason = this.#wasInMemory ? 'overflow' : 'expired';
    const gap: Span = { from: this.#position, to: next - 1, reason };
    this.#position = next;
    return { events: [], gap };
  }

  /** Returns from routed events to examining each, from the first unread event on. */
  #walk(): void {
    if (this.#hits === undefined) return;
    this.#position = this.#hits[0]?.seq ?? this.#reachedPosition;
    this.#hits = undefined;
  }

  #follow(id: string, followed: boolean): void {
    const { route } = this.#selection;
    if (route?.includes(id) === true) return;
    this.#ids ??= new Set();
    if (followed) this.#ids.add(id);
    else this.#ids.delete(id);
    // Another function, since the archive remembers results of the one before.
    this.#condition = undefined;
    if (route === undefined || this.#place === undefined) return;
    const { listeners } = this.stream;
    if (followed) listeners.join(this.#place, [id]);
    else listeners.leave(this.#place, [id]);
  }

  #join(listener: Listener): void {
    this.#place = { order: this.#order, listener };
    this.stream.listeners.join(this.#place, this.#route);
  }

  #leave(): void {
    if (this.#place !== undefined) this.stream.listeners.leave(this.#place, this.#route);
    this.#place = undefined;
    this.stream.waiters.delete(this);
    this.#until?.unsubscribe();
  }

  /** The keys of its route, with the ids of renamed containers. */
  get #route(): Route | undefined {
    const { route } = this.#selection;
    return route && [...route, ...(this.#ids ?? [])];
  }
}

const ignore = (): void => undefined;

/** Start of a query. */
function startOf(stream: Stream, selection: Selection): Start {
  const { query, cursor } = selection;
  const { since, tail, follow } = query;
  if (tail !== undefined) return startAtTail(stream, selection, tail);
  if (cursor !== undefined) return startAfter(stream, cursor);
  if (since !== undefined) return { position: stream.firstSince(since) };
  return { position: follow === false ? stream.oldest : stream.head };
}

/** Start after a cursor. A cursor of another epoch gives a gap and all events. */
function startAfter(stream: Stream, { epoch, seq }: { epoch: string; seq: number }): Start {
  const { oldest, head } = stream;
  if (epoch !== stream.epoch) return { position: oldest, gap: { from: 1, to: oldest - 1, reason: 'epoch' } };
  if (seq < head) return { position: seq + 1 };
  throw new RangeError(
    `cursor ${stream.cursorAt(seq)} is ahead of the stream, whose newest is ${stream.cursorAt(head - 1)}`,
  );
}

/** Start of the newest matching events, found in steps, by reads. */
function startAtTail(stream: Stream, selection: Selection, tail: number): Start {
  const { head: position } = stream;
  if (tail === 0) return { position };
  const { since, until } = selection.query;
  const held = selection.within({ since, until, follow: false });
  const search = tailSearch(tail, stream, (from, stopAt) => {
    const counter = new StreamCursor(stream, held, true, { position: from, stopAt });
    // It is not a subscription, and only reads held events.
    counter.close();
    return counter;
  });
  return { position, search };
}
