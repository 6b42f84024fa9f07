/**
 * Merges the events of many hosts by time. While a host reads its past, no other may overtake it:
 * the earliest event of all is next, once each such host has one. The wait for a host is bounded.
 */
import type { SchedulerLike, Subscription } from 'rxjs';
import { Stopwatch } from '../../operators/stopwatch.ts';

/** Something that happened at a time by which it is ordered. */
export interface Ordered {
  readonly timeNano: bigint;
}

export interface MergeOptions<T extends Ordered> {
  /** Longest wait for a host that reads its past without an event: in ms. */
  readonly wait: number;
  readonly scheduler: SchedulerLike;
  /** Takes each event, in order. */
  readonly emit: (event: T) => void;
  /** Called when a host has room for more events again. */
  readonly onRoom?: ((host: string) => void) | undefined;
  /** Called with a host that the others no longer wait for. */
  readonly onOvertaken?: ((host: string) => void) | undefined;
}

/** A host has room for more events while fewer than this wait. */
const ROOM = 256;

interface Lane<T> {
  readonly host: string;
  /** Waiting events in the order of the host; `first` is the index of the next one. */
  events: T[];
  first: number;
  /** True while it reads its past: others wait for it. */
  reads: boolean;
  /** The elapsed time since when it has no event, while it reads its past: in ms. */
  emptySince: number;
  /** Its place in the heap; -1 without an event. */
  place: number;
  full: boolean;
}

/** One merge. Memory: the waiting events, which its caller bounds by `waiting`. */
export class HostMerge<T extends Ordered> {
  readonly #options: MergeOptions<T>;
  readonly #lanes = new Map<string, Lane<T>>();
  /** Lanes with an event, the earliest first: a binary heap. */
  readonly #heap: Lane<T>[] = [];
  readonly #elapsed: Stopwatch;
  /** Lanes that read their past and have no event, in the order in which they became empty. */
  readonly #missing = new Set<Lane<T>>();
  #timer: Subscription | undefined;
  #paused = false;
  #emitting = false;

  constructor(options: MergeOptions<T>) {
    this.#options = options;
    this.#elapsed = new Stopwatch(options.wait, options.scheduler);
  }

  /** Adds a host that begins to read its past. */
  join(host: string): void {
    const lane = this.#lane(host);
    if (lane.reads) return;
    lane.reads = true;
    if (lane.place < 0) this.#miss(lane);
    this.#wait();
  }

  /** Takes the next event of a host; events of one host keep their order. */
  push(host: string, event: T): void {
    const lane = this.#lane(host);
    this.#missing.delete(lane);
    lane.events.push(event);
    if (lane.place < 0) this.#enter(lane);
    if (lane.events.length - lane.first >= ROOM) lane.full = true;
    this.#flow();
  }

  /** The host has read its past: nothing waits for it from now on. */
  live(host: string): void {
    const lane = this.#lane(host);
    lane.reads = false;
    this.#missing.delete(lane);
    this.#flow();
  }

  /** Removes a host; its waiting events come first. */
  leave(host: string): void {
    const lane = this.#lanes.get(host);
    if (lane === undefined) return;
    this.live(host);
    if (lane.place < 0) this.#lanes.delete(host);
  }

  /** Count of the waiting events of a host. */
  waiting(host: string): number {
    const lane = this.#lanes.get(host);
    return lane === undefined ? 0 : lane.events.length - lane.first;
  }

  /** True if the host may have more events. */
  hasRoom(host: string): boolean {
    return this.waiting(host) < ROOM;
  }

  /** True while a host reads its past and is waited for. */
  get reads(): boolean {
    for (const { reads } of this.#lanes.values()) if (reads) return true;
    return false;
  }

  /** Holds all events back, or no longer. */
  pause(paused: boolean): void {
    this.#paused = paused;
    this.#flow();
  }

  close(): void {
    this.#paused = true;
    this.#timer?.unsubscribe();
    this.#elapsed.stop();
  }

  #lane(host: string): Lane<T> {
    let lane = this.#lanes.get(host);
    if (lane === undefined) {
      lane = { host, events: [], first: 0, reads: false, emptySince: 0, place: -1, full: false };
      this.#lanes.set(host, lane);
    }
    return lane;
  }

  #miss(lane: Lane<T>): void {
    lane.emptySince = this.#elapsed.hold();
    this.#missing.add(lane);
  }

  /** Emits what no host that reads its past can precede. */
  #flow(): void {
    if (this.#emitting) return;
    this.#emitting = true;
    while (!this.#paused && this.#missing.size === 0) {
      const lane = this.#heap[0];
      if (lane === undefined) break;
      const event = lane.events[lane.first] as T;
      this.#drop(lane);
      this.#options.emit(event);
      if (lane.full && lane.events.length - lane.first < ROOM / 2) {
        lane.full = false;
        this.#options.onRoom?.(lane.host);
      }
    }
    this.#emitting = false;
    this.#wait();
  }

  #drop(lane: Lane<T>): void {
    lane.first++;
    if (lane.first === lane.events.length) {
      lane.events = [];
      lane.first = 0;
      this.#remove(lane);
      if (lane.reads) this.#miss(lane);
      return;
    }
    if (lane.first >= ROOM) {
      lane.events = lane.events.slice(lane.first);
      lane.first = 0;
    }
    this.#sink(0);
  }

  /** One timer, for the host that is missing for the longest time, or was when it was set. */
  #wait(): void {
    const [longest] = this.#missing;
    if (longest === undefined || this.#timer !== undefined) return;
    const { wait, scheduler } = this.#options;
    const rest = Math.max(0, longest.emptySince + wait - this.#elapsed.now);
    this.#timer = scheduler.schedule(() => this.#overtake(), rest);
  }

  #overtake(): void {
    this.#timer = undefined;
    const { wait, onOvertaken } = this.#options;
    for (const lane of this.#missing) {
      if (lane.emptySince + wait > this.#elapsed.now) break;
      lane.reads = false;
      this.#missing.delete(lane);
      onOvertaken?.(lane.host);
    }
    this.#flow();
  }

  #timeAt(place: number): bigint {
    const lane = this.#heap[place] as Lane<T>;
    return (lane.events[lane.first] as T).timeNano;
  }

  #enter(lane: Lane<T>): void {
    lane.place = this.#heap.push(lane) - 1;
    this.#rise(lane.place);
  }

  #remove(lane: Lane<T>): void {
    const last = this.#heap.pop() as Lane<T>;
    const { place } = lane;
    lane.place = -1;
    if (last === lane) return;
    this.#put(last, place);
    this.#rise(place);
    this.#sink(last.place);
  }

  #put(lane: Lane<T>, place: number): void {
    this.#heap[place] = lane;
    lane.place = place;
  }

  #rise(from: number): void {
    let place = from;
    while (place > 0) {
      const above = (place - 1) >> 1;
      if (this.#timeAt(above) <= this.#timeAt(place)) return;
      this.#swap(place, above);
      place = above;
    }
  }

  #sink(from: number): void {
    let place = from;
    for (;;) {
      let least = place;
      for (const below of [2 * place + 1, 2 * place + 2]) {
        if (below < this.#heap.length && this.#timeAt(below) < this.#timeAt(least)) least = below;
      }
      if (least === place) return;
      this.#swap(place, least);
      place = least;
    }
  }

  #swap(one: number, other: number): void {
    const [a, b] = [this.#heap[one] as Lane<T>, this.#heap[other] as Lane<T>];
    this.#put(a, other);
    this.#put(b, one);
  }
}
