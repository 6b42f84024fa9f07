/**
 * The newest events in memory, limited in number and bytes: O(1) append and access by number, one
 * summary of times for each block.
 */
import type { EngineEvent } from '../event.ts';
import type { Instant } from '../instant.ts';

/** Events in one time summary: enough for low overhead, few enough to skip most of a ring. */
const BLOCK = 1024;

/** Lowest and highest time in one block of events. */
interface Summary {
  block: number;
  min: Instant;
  max: Instant;
}

/**
 * A circular buffer of the newest events, addressed by `seq`: at most `limit` events and
 * `limitBytes` together, and always at least the newest one.
 *
 * Memory: a reference and four bytes for each event of the limit, and a summary for each 1,024.
 */
export class Ring {
  /** The number of the next event. */
  head: number;
  /** The number of the oldest event held; equal to `head` if the ring is empty. */
  oldest: number;
  /** Bytes of the held events. */
  bytes = 0;
  readonly limit: number;
  readonly limitBytes: number;
  readonly #first: number;
  readonly #slots: (EngineEvent | undefined)[];
  readonly #sizes: Uint32Array;
  /** The slot of `head`: kept separately, as remainders of large numbers are slow. */
  #write = 0;
  /** The slot of `oldest`. */
  #read = 0;
  readonly #summaries: (Summary | undefined)[];
  #current: Summary | undefined;
  #forgotten: Instant | undefined;

  /**
   * @param limit most events: 1 to 2^24
   * @param first the number of the first event, 1 or more
   * @param limitBytes most bytes, 1 or more
   * @throws RangeError if a limit is out of range
   */
  constructor(limit: number, first: number, limitBytes: number = Number.POSITIVE_INFINITY) {
    if (!Number.isInteger(limit) || limit < 1 || limit > 2 ** 24) {
      throw new RangeError(`invalid limit ${limit}: a whole number of events from 1 to ${2 ** 24}`);
    }
    if (!(limitBytes >= 1))
      throw new RangeError(`invalid limitBytes ${limitBytes}: a number of bytes, 1 or more`);
    this.limit = limit;
    this.limitBytes = limitBytes;
    this.head = first;
    this.oldest = first;
    this.#first = first;
    this.#slots = Array.from({ length: limit }, () => undefined);
    this.#sizes = new Uint32Array(limit);
    this.#summaries = Array.from({ length: Math.ceil(limit / BLOCK) + 1 }, () => undefined);
  }

  /**
   * The newest time among dropped events, or a little later (it is known for each 1,024 of them);
   * undefined before the first drop.
   */
  get forgotten(): Instant | undefined {
    if (this.oldest === this.#first) return undefined;
    let newest = this.#forgotten;
    for (const summary of this.#summaries) {
      if (summary !== undefined && summary.block * BLOCK < this.oldest) newest = later(newest, summary.max);
    }
    return newest;
  }

  /**
   * Adds the event with the number `head` and that many bytes; drops the oldest events as needed.
   */
  push(event: EngineEvent, size: number): void {
    const seq = this.head++;
    if (seq - this.oldest === this.limit) this.#drop();
    this.bytes += size;
    while (this.bytes > this.limitBytes && this.oldest < seq) this.#drop();
    this.#slots[this.#write] = event;
    this.#sizes[this.#write] = size;
    if (++this.#write === this.limit) this.#write = 0;
    const block = Math.floor(seq / BLOCK);
    const time = event.timeNano;
    const current = this.#current;
    if (current === undefined || current.block !== block) this.#startBlock(block, time);
    else if (time > current.max) current.max = time;
    else if (time < current.min) current.min = time;
  }

  /** The event of that number, which must be held: `oldest` ≤ seq < `head`. */
  at(seq: number): EngineEvent {
    const slot = this.#write - (this.head - seq);
    return this.#slots[slot < 0 ? slot + this.limit : slot] as EngineEvent;
  }

  /**
   * The end of a read of `count` events and about `bytes` bytes from a number on: at least one
   * event.
   */
  reach(from: number, count: number, bytes: number): number {
    const end = Math.min(from + count, this.head);
    let slot = this.#write - (this.head - from);
    if (slot < 0) slot += this.limit;
    let seq = from;
    for (let size = 0; seq < end && size < bytes; seq++) {
      size += this.#sizes[slot] as number;
      if (++slot === this.limit) slot = 0;
    }
    return seq;
  }

  #drop(): void {
    const slot = this.#read;
    this.bytes -= this.#sizes[slot] as number;
    this.#slots[slot] = undefined;
    if (++this.#read === this.limit) this.#read = 0;
    this.oldest++;
  }

  /**
   * The first number from `seq` on (up to `head`) whose block may hold an event within the window.
   * Skips whole blocks outside it, as events are not ordered by time.
   */
  seek(seq: number, since: Instant | undefined, until: Instant | undefined): number {
    while (seq < this.head) {
      const block = Math.floor(seq / BLOCK);
      const summary = this.#summary(block);
      const outside =
        summary !== undefined &&
        ((since !== undefined && summary.max < since) || (until !== undefined && summary.min > until));
      if (!outside) return seq;
      seq = (block + 1) * BLOCK;
    }
    return this.head;
  }

  #summary(block: number): Summary | undefined {
    const summary = this.#summaries[block % this.#summaries.length];
    return summary?.block === block ? summary : undefined;
  }

  #startBlock(block: number, time: Instant): void {
    this.#forgotten = later(this.#forgotten, this.#summaries[block % this.#summaries.length]?.max);
    this.#current = { block, min: time, max: time };
    this.#summaries[block % this.#summaries.length] = this.#current;
  }
}

function later(a: Instant | undefined, b: Instant | undefined): Instant | undefined {
  if (a === undefined || (b !== undefined && b > a)) return b;
  return a;
}
