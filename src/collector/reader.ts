/** The pull side of a subscription: for sockets and disks, which take more when they can. */
import type { Subscription } from 'rxjs';
import type { EngineEvent } from '../event.ts';
import type { Span } from './archive.ts';
import type { EndFrame } from './frames.ts';
import { type Plan, through } from './plan.ts';
import type { Listener, Registration } from './router.ts';
import type { Stream } from './stream.ts';
import type { Walker } from './walker.ts';

/** What a read found. */
export interface Chunk {
  /** Matching events, in order. */
  readonly events: readonly EngineEvent[];
  /** What comes after them and can no longer be had. */
  readonly gap?: Span | undefined;
  /** There may be more at once; otherwise {@link Reader.wait} tells when, unless the reader has ended. */
  readonly more: boolean;
}

/** Routed events kept while a reader's owner has not come to read; past it, the stream is read instead. */
const HITS = 256;

/**
 * A subscription that is read when its owner has room: a lagging reader is a number that stands still,
 * never a queue. Created by `collector.reader(query)`; close it when done.
 */
export class Reader implements Listener {
  /** Why there will be nothing more; set once everything that was due has been read. */
  ended: EndFrame['reason'] | undefined;
  readonly #stream: Stream;
  readonly #walker: Walker;
  readonly #filter: (events: readonly EngineEvent[]) => readonly EngineEvent[];
  readonly #until: Subscription | undefined;
  #registration: Registration | undefined;
  /** Caught up and on a route: all that may match from the walker's position on. Otherwise: walk. */
  #hits: EngineEvent[] | undefined;
  #ending: EndFrame['reason'] | undefined;
  #waiting: (() => void) | undefined;

  constructor(stream: Stream, plan: Plan) {
    this.#stream = stream;
    const { walker, select } = stream.start(plan);
    this.#walker = walker;
    this.#filter = through(select);
    stream.readers.add(this);
    if (stream.ended) this.end('shutdown');
    else if (!plan.follow) this.end('complete');
    else if (plan.route !== undefined) {
      this.#registration = stream.router.register(plan.route, this);
      this.#registration.join();
    }
    this.#until = stream.atUntil(plan, () => this.end('until'));
  }

  /** The number of the next event to look at. */
  get position(): number {
    const idle = this.#hits?.length === 0;
    return idle ? this.#stream.delivered : this.#walker.position;
  }

  /** The cursor of the last event that was read or passed over. */
  get cursor(): string {
    return this.#stream.cursorAt(this.position - 1);
  }

  /** How many events the stream is ahead of this reader. */
  get lag(): number {
    return this.#hits?.length === 0 ? 0 : Math.max(0, this.#walker.end - this.#walker.position);
  }

  /** Reads on: about `limit` events of the stream are looked at, and those that match come back. */
  read(limit: number): Chunk {
    const hits = this.#hits;
    if (hits !== undefined) {
      this.#hits = [];
      this.#walker.position = this.#stream.delivered;
      return { events: this.#filter(hits), more: !this.#walker.done };
    }
    const { events, gap } = this.#walker.step(limit);
    const more = !this.#walker.done;
    if (this.#registration !== undefined) for (const event of events) this.#registration.track(event);
    if (!more) {
      this.ended = this.#ending;
      if (this.#registration !== undefined) this.#hits = [];
    }
    return { events: this.#filter(events), gap, more };
  }

  /** Calls back once, later, as soon as there may be something to read or the end to see. */
  wait(callback: () => void): void {
    this.#waiting = callback;
    const idle = this.#hits === undefined ? this.#walker.done : this.#hits.length === 0;
    if (!idle || this.#ending !== undefined) this.#stream.wake(this);
    else if (this.#registration === undefined) this.#stream.waiters.add(this);
  }

  /** Ends the subscription here: what is due by now can still be read. Later calls change nothing. */
  end(reason: EndFrame['reason']): void {
    if (this.#ending !== undefined) return;
    this.#ending = reason;
    this.#walk();
    this.#walker.stopAt = this.#stream.ring.head;
    this.#leave();
    if (this.#walker.done) this.ended = reason;
    if (this.#waiting) this.#stream.wake(this);
  }

  /** Gives up everything that the subscription holds. */
  close(): void {
    this.#waiting = undefined;
    this.#leave();
    this.#stream.readers.delete(this);
  }

  /** From the router: an event that may match. */
  offer(event: EngineEvent): void {
    if (event.seq < this.#walker.position) return;
    this.#registration?.track(event);
    const hits = this.#hits;
    if (hits === undefined || hits.at(-1) === event) return;
    hits.push(event);
    if (hits.length > HITS) this.#walk();
    if (this.#waiting) this.#stream.wake(this);
  }

  /** From the stream: time to tell whoever waits. */
  notify(): void {
    const callback = this.#waiting;
    this.#waiting = undefined;
    callback?.();
  }

  /** From routed events back to walking, at the first event that was not read. */
  #walk(): void {
    if (this.#hits === undefined) return;
    this.#walker.position = this.#hits[0]?.seq ?? this.#stream.delivered;
    this.#hits = undefined;
  }

  #leave(): void {
    this.#registration?.leave();
    this.#registration = undefined;
    this.#stream.waiters.delete(this);
    this.#until?.unsubscribe();
  }
}
