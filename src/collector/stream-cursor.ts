/** A position in the stream: it moves, waits and ends. */
import { filter, identity, Observable, pipe, type Subscription } from 'rxjs';
import { atTime } from '../../operators/clock-watch.ts';
import type { EngineEvent } from '../event.ts';
import { sizeOf } from '../event-size.ts';
import type { Span } from './archive.ts';
import type { Chunk } from './chunk.ts';
import type { EndFrame } from './frames.ts';
import type { Listener, Place } from './listeners.ts';
import { onLists, type Operator, type Selection } from './selection.ts';
import type { Stream } from './stream.ts';
import { TailSearch } from './tail-search.ts';

export type EndReason = EndFrame['reason'];

type Step = Pick<Chunk, 'events' | 'gap'> & Partial<Chunk>;

/** Where a cursor begins. */
interface Start {
  readonly position: number;
  /** What is told before anything else. */
  readonly gap?: Span | undefined;
  /** Has to be done first, and finds the position. */
  readonly search?: TailSearch | undefined;
  /** The number at which it ends at the latest. */
  readonly stopAt?: number | undefined;
}

/** Routed events kept while a cursor's owner has not come to read; past it, the stream is read instead. */
const HITS = 256;

/** Bytes of events that are read in one step, and one more event: what one reader holds at a time. */
const STEP_BYTES = 2 ** 18;

/**
 * One reader's position: from the archive over the ring to the newest event. It holds a number and no events, so that a
 * reader that lags costs nothing; what it can no longer have, it says. Close it when done.
 */
export class StreamCursor implements Listener {
  /** Why there will be nothing more; set once everything that was due has been read. */
  ended: EndReason | undefined;
  /** Lets matching events through; it must be shown every event in order. */
  readonly matching: Operator;
  readonly #stream: Stream;
  readonly #selection: Selection;
  readonly #order: number;
  readonly #filter: ((events: readonly EngineEvent[]) => readonly EngineEvent[]) | undefined;
  readonly #until: Subscription | undefined;
  /** The number of the next event to look at. */
  #position: number;
  /** Events that a step in the archive asks for. */
  #archivedStep = 16;
  #stopAt: number;
  /** Not known yet: where it begins. */
  #search: TailSearch | undefined;
  /** Events with a lower number are not wanted: they are read for the names that they follow. */
  #first = 0;
  #announced: Span | undefined;
  /** Once it was in memory, what it loses is its own lag, not history's end. */
  #wasInMemory: boolean;
  /** Ids of renamed containers on its route. */
  #ids: Set<string> | undefined;
  #place: Place | undefined;
  /** Caught up and on a route: all that may match from the position on. Otherwise: look at each event. */
  #hits: EngineEvent[] | undefined;
  /** Ends the subscriber that is told of what comes; there is one once the replay is over. */
  #complete: (() => void) | undefined;
  #ending: EndReason | undefined;
  #waiting: (() => void) | undefined;

  /**
   * @param pulls whether its owner reads at its own pace: then it selects and ends by itself. Otherwise a subscriber is
   *   told of what comes, behind operators that do both
   * @throws RangeError on a cursor that is ahead of the stream
   */
  constructor(
    stream: Stream,
    selection: Selection,
    pulls = false,
    start: Start = startOf(stream, selection),
  ) {
    const { query, route } = selection;
    this.#stream = stream;
    this.#selection = selection;
    this.#order = stream.nextOrder++;
    this.#position = start.position;
    this.#announced = start.gap;
    this.#stopAt = start.stopAt ?? Number.POSITIVE_INFINITY;
    this.#search = start.search;
    this.#wasInMemory = (start.search?.oldest ?? start.position) >= stream.ring.oldest;
    const operator = selection.matching((id, followed) => this.#follow(id, followed));
    const wanted = filter(({ seq }: EngineEvent) => seq >= this.#first);
    this.matching = start.search === undefined ? operator : pipe(operator, wanted);
    stream.cursors.add(this);
    if (stream.ended) this.end('shutdown');
    else if (query.follow === false) this.end('complete');
    else if (pulls && route !== undefined) this.#join(this);
    if (!pulls) return;
    this.#filter = this.matching === identity ? undefined : onLists(this.matching);
    const end = (): void => stream.afterTelling(() => this.end('until'));
    if (query.until !== undefined) this.#until = atTime(query.until, end, stream.scheduler);
  }

  /** The number of the next event to look at. */
  get position(): number {
    const idle = this.#complete !== undefined || this.#hits?.length === 0;
    return idle ? this.#told : this.#position;
  }

  /** Where it is if it was told of all that may match: an event that is being told may have been read already. */
  get #told(): number {
    return Math.max(this.#position, this.#stream.delivered);
  }

  /** The cursor of the last event that was read or passed over. */
  get cursor(): string {
    return this.#stream.cursorAt(this.position - 1);
  }

  /** How many events the stream is ahead. */
  get lag(): number {
    return Math.max(0, Math.min(this.#stopAt, this.#stream.head) - this.position);
  }

  /** Whether there is nothing to read at once. */
  get caughtUp(): boolean {
    return this.#hits === undefined ? this.#done : this.#hits.length === 0;
  }

  /** Whether everything up to the end was looked at. */
  get #done(): boolean {
    const end = Math.min(this.#stopAt, this.#stream.head);
    return this.#position >= end && this.#announced === undefined && this.#search === undefined;
  }

  /**
   * Emits once no more of the past is to come. It goes no further than to what is there when this is asked for, so that
   * a stream that is faster than its reader cannot keep it from ending.
   */
  get replayed(): Observable<unknown> {
    return new Observable((subscriber) => {
      if (this.#complete !== undefined) subscriber.next(undefined);
      else this.end('until');
    });
  }

  /** Moves on by about `limit` events of the stream. */
  read(limit: number): Chunk {
    const hits = this.#hits;
    if (hits !== undefined) {
      this.#hits = [];
      this.#position = this.#told;
      return { events: this.#select(hits), more: !this.#done, archived: false };
    }
    const { events, gap, archived = false, looked } = this.#step(limit);
    // First, as it may find a rename.
    const selected = this.#select(events);
    const more = !this.#done;
    if (!more) {
      this.ended = this.#ending;
      if (this.#place !== undefined) this.#hits = [];
    }
    return { events: selected, gap: this.#wanted(gap), more, archived, looked };
  }

  /** Calls back once, later, as soon as there may be something to read or the end to see. */
  wait(callback: () => void): void {
    this.#waiting = callback;
    if (!this.caughtUp || this.#ending !== undefined) this.#stream.wake(this);
    else if (this.#place === undefined) this.#stream.waiters.add(this);
  }

  /** From now on, after all has been read: the listener is told of what comes. */
  handOver(listener: Listener, complete: () => void): void {
    this.#complete = complete;
    this.#join(listener);
  }

  /** Ends here: what is due by now can still be read. Later calls change nothing. */
  end(reason: EndReason): void {
    if (this.#ending !== undefined) return;
    this.#ending = reason;
    this.#walk();
    this.#leave();
    this.#stopAt = Math.min(this.#stopAt, this.#stream.head);
    if (this.#done) this.ended = reason;
    if (this.#waiting !== undefined) this.#stream.wake(this);
    this.#complete?.();
  }

  /** Gives up everything that it holds. */
  close(): void {
    this.#waiting = undefined;
    this.#leave();
    this.#stream.cursors.delete(this);
  }

  /** From the stream: an event that is on the route of a cursor whose owner reads. */
  next(event: EngineEvent): void {
    const hits = this.#hits;
    if (hits === undefined || event.seq < this.#position) return;
    hits.push(event);
    // What comes after a rename may be on the route by an id that is yet to be read.
    if (hits.length > HITS || event.action === 'rename') this.#walk();
    if (this.#waiting !== undefined) this.#stream.wake(this);
  }

  /** From the stream: time to tell the owner that waits. */
  notify(): void {
    const callback = this.#waiting;
    this.#waiting = undefined;
    callback?.();
  }

  #select(events: readonly EngineEvent[]): readonly EngineEvent[] {
    return this.#filter === undefined ? events : this.#filter(events);
  }

  /** What is wanted of a gap. */
  #wanted(gap: Span | undefined): Span | undefined {
    if (gap === undefined || this.#first <= gap.from) return gap;
    return this.#first > gap.to ? undefined : { ...gap, from: this.#first };
  }

  #step(limit: number): Step {
    if (this.#search !== undefined) return this.#seek(this.#search, limit);
    const gap = this.#announced;
    this.#announced = undefined;
    if (gap !== undefined || this.#done) return { events: [], gap };
    return this.#position < this.#stream.ring.oldest ? this.#stepArchive(limit) : this.#stepRing(limit);
  }

  #seek(search: TailSearch, limit: number): Step {
    const { looked, archived, tail } = search.step(limit);
    if (tail !== undefined) {
      this.#search = undefined;
      this.#position = tail.position;
      this.#first = tail.first;
    }
    return { events: [], archived, looked };
  }

  #stepRing(limit: number): Step {
    this.#wasInMemory = true;
    const { ring } = this.#stream;
    const { since, until } = this.#selection.query;
    const { head } = this.#stream;
    const from = Math.min(ring.seek(this.#position, since, until), head);
    const to = Math.min(ring.reach(from, limit, STEP_BYTES), this.#stopAt, head);
    const events: EngineEvent[] = [];
    for (let seq = from; seq < to; seq++) events.push(ring.at(seq));
    this.#position = Math.max(from, to);
    return { events };
  }

  #stepArchive(limit: number): Step {
    const { archive, ring } = this.#stream;
    const { route, query } = this.#selection;
    const held = Math.min(ring.oldest, this.#stopAt);
    const oldest = archive === undefined ? held : Math.min(archive.oldest, held);
    if (archive === undefined || this.#position < oldest) return this.#lose(oldest);
    const about = route && [...route.exact, ...route.prefixes, ...(this.#ids ?? [])];
    const { since, until } = query;
    const some = Math.min(limit, this.#archivedStep);
    const { events, next, gap } = archive.read(this.#position, held, some, { since, until, about });
    // How large they are is known only now: a step is made shorter, or longer again.
    const bytes = events.reduce((sum, event) => sum + sizeOf(event), 0);
    this.#archivedStep = Math.max(1, Math.min(2 * some, Math.floor((some * STEP_BYTES) / (bytes + 1))));
    // An archive that knows nothing more although memory has moved on (its disk cannot keep up) has lost it.
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

  /** From routed events back to looking at each, at the first event that was not read. */
  #walk(): void {
    if (this.#hits === undefined) return;
    this.#position = this.#hits[0]?.seq ?? this.#told;
    this.#hits = undefined;
  }

  #follow(id: string, followed: boolean): void {
    const { route } = this.#selection;
    if (route === undefined || route.exact.includes(id)) return;
    this.#ids ??= new Set();
    if (followed) this.#ids.add(id);
    else this.#ids.delete(id);
    if (this.#place !== undefined) this.#stream.listeners.follow(this.#place, id, followed);
  }

  #join(listener: Listener): void {
    this.#place = { order: this.#order, listener };
    this.#stream.listeners.join(this.#place, this.#selection.route, this.#ids ?? []);
  }

  #leave(): void {
    if (this.#place !== undefined)
      this.#stream.listeners.leave(this.#place, this.#selection.route, this.#ids ?? []);
    this.#place = undefined;
    this.#stream.waiters.delete(this);
    this.#until?.unsubscribe();
  }
}

/** Where a query begins. */
function startOf(stream: Stream, selection: Selection): Start {
  const { query, cursor } = selection;
  const { since, tail, follow } = query;
  if (tail !== undefined) return startAtTail(stream, selection, tail);
  if (cursor !== undefined) return startAfter(stream, cursor);
  if (since !== undefined) return { position: stream.firstSince(since) };
  return { position: follow === false ? stream.oldest : stream.head };
}

/** A cursor of another epoch is answered with a gap and everything that there is. */
function startAfter(stream: Stream, { epoch, seq }: { epoch: string; seq: number }): Start {
  const { oldest, head } = stream;
  if (epoch !== stream.epoch) return { position: oldest, gap: { from: 1, to: oldest - 1, reason: 'epoch' } };
  if (seq < head) return { position: seq + 1 };
  throw new RangeError(
    `cursor ${stream.cursorAt(seq)} is ahead of the stream, whose newest is ${stream.cursorAt(head - 1)}`,
  );
}

/** Where the newest matching events begin is found in steps, by reads. */
function startAtTail(stream: Stream, selection: Selection, tail: number): Start {
  const { head: position } = stream;
  if (tail === 0) return { position };
  const { since, until } = selection.query;
  const held = { ...selection, query: { since, until, follow: false } };
  const search = new TailSearch(tail, stream, (from, stopAt) => {
    const counter = new StreamCursor(stream, held, true, { position: from, stopAt });
    // It is no subscription, and reads only what is held.
    counter.close();
    return counter;
  });
  return { position, search };
}
