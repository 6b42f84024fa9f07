/** The newest events in memory, limited in number and bytes: O(1) append and access by number. */
import type { EngineEvent, OwnEvent } from '../event.ts';
import type { Instant } from '../instant.ts';

/**
 * A circular buffer of the newest events, addressed by `seq`: at most `limit` events and
 * `limitBytes` together, and always at least the newest one.
 *
 * Memory: a reference for each event of the limit.
 */
export class Ring {
  /** The number of the next event. */
  head: number;
  /** The number of the oldest event held; equal to `head` if the ring is empty. */
  oldest: number;
  /** Bytes of the held events. */
  bytes = 0;
  /** The newest time among dropped events; undefined before the first drop. */
  forgotten: Instant | undefined;
  readonly limit: number;
  readonly limitBytes: number;
  readonly #slots: (OwnEvent | undefined)[];
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
    this.#slots = Array.from({ length: limit }, () => undefined);
  }

  /** Adds the event with the number `head`; drops the oldest events as needed. */
  push(event: OwnEvent): void {
    const seq = this.head++;
    event.seq = seq;
    if (seq - this.oldest === this.limit) this.#drop();
    this.bytes += event.bytes;
    while (this.bytes > this.limitBytes && this.oldest < seq) this.#drop();
    this.#slots[this.#write] = event;
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
      const event = this.#slots[slot] as OwnEvent;
      events.push(event);
      size += event.bytes;
      if (++slot === this.limit) slot = 0;
    }
    return events;
  }

  #slotOf(seq: number): number {
    const slot = this.#write - (this.head - seq);
    return slot < 0 ? slot + this.limit : slot;
  }

  #drop(): void {
    const { bytes, timeNano } = this.#slots[this.#read] as OwnEvent;
    this.bytes -= bytes;
    if (this.forgotten === undefined || timeNano > this.forgotten) this.forgotten = timeNano;
    this.#slots[this.#read] = undefined;
    if (++this.#read === this.limit) this.#read = 0;
    this.oldest++;
  }
}
