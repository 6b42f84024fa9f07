/** The newest events in memory, limited in number and bytes: O(1) append and access by number. */
import type { EngineEvent, OwnEvent } from '../event.ts';
import type { Instant } from '../instant.ts';

/**
 * A circular buffer of the newest events, addressed by `seq`: at most `limit` events and
 * `limitBytes` together, and always at least the newest one.
 *
 * Memory: a reference, a size and a time for each event of the limit. A drop reads no event: the
 * oldest events are no longer in the processor's caches.
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
  readonly #slots: (OwnEvent | undefined)[];
  /** Bytes of the event in each slot. */
  readonly #sizes: Uint32Array;
  /** The newest time among all events up to that in each slot. */
  readonly #times: BigInt64Array;
  /** The newest time of all, and among dropped events. */
  #newest: Instant = -(2n ** 63n);
  readonly #forgotten = new BigInt64Array(1);
  readonly #first: number;
  /** The slot of `head`: kept separately, as remainders of large numbers are slow. */
  #write = 0;
  /** The slot of `oldest`. */
  #read = 0;

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
    this.#sizes = new Uint32Array(limit);
    this.#times = new BigInt64Array(limit);
    this.#slots = Array.from({ length: limit }, () => undefined);
  }

  /** The newest time among dropped events; undefined before the first drop. */
  get forgotten(): Instant | undefined {
    return this.oldest === this.#first ? undefined : this.#forgotten[0];
  }

  /** Adds the event with the number `head`; drops the oldest events as needed. */
  push(event: OwnEvent): void {
    const seq = this.head++;
    event.seq = seq;
    if (seq - this.oldest === this.limit) this.#drop();
    const { bytes, timeNano } = event;
    this.bytes += bytes;
    while (this.bytes > this.limitBytes && this.oldest < seq) this.#drop();
    if (timeNano > this.#newest) this.#newest = timeNano;
    this.#slots[this.#write] = event;
    this.#sizes[this.#write] = bytes;
    this.#times[this.#write] = this.#newest;
    if (++this.#write === this.limit) this.#write = 0;
  }

  /** The event of that number, which must be held: `oldest` ≤ seq < `head`. */
  at(seq: number): EngineEvent {
    return this.#slots[this.#slotOf(seq)] as EngineEvent;
  }

  /**
   * Reads `count` events and about `bytes` bytes at most, from a number that must be held: at least
   * one event.
   */
  read(from: number, count: number, bytes: number): EngineEvent[] {
    const end = Math.min(from + count, this.head);
    const events: EngineEvent[] = [];
    let slot = this.#slotOf(from);
    for (let seq = from, size = 0; seq < end && size < bytes; seq++) {
      events.push(this.#slots[slot] as OwnEvent);
      size += this.#sizes[slot]!;
      if (++slot === this.limit) slot = 0;
    }
    return events;
  }

  #slotOf(seq: number): number {
    const slot = this.#write - (this.head - seq);
    return slot < 0 ? slot + this.limit : slot;
  }

  #drop(): void {
    this.bytes -= this.#sizes[this.#read]!;
    this.#forgotten[0] = this.#times[this.#read]!;
    this.#slots[this.#read] = undefined;
    if (++this.#read === this.limit) this.#read = 0;
    this.oldest++;
  }
}
