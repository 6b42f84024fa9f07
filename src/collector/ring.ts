/** The newest events in memory: O(1) append, O(1) access by number, a summary of times a block. */
import type { EngineEvent } from '../event.ts';
import type { Instant } from '../instant.ts';

/** Events a time summary covers: large enough to cost nothing, small enough to skip most of a ring. */
const BLOCK = 1024;

/** Lowest and highest time in one block of events. */
interface Summary {
  block: number;
  min: Instant;
  max: Instant;
}

/**
 * A circular buffer of the `limit` newest events, addressed by `seq`.
 *
 * Memory: one reference for each event held, one summary for each 1,024.
 */
export class Ring {
  /** The number that the next event gets. */
  head: number;
  readonly limit: number;
  readonly #first: number;
  readonly #slots: (EngineEvent | undefined)[];
  /** Where `head` goes: kept apart from it, as remainders of large numbers are slow. */
  #write = 0;
  readonly #summaries: (Summary | undefined)[];
  #current: Summary | undefined;
  #forgotten: Instant | undefined;

  /**
   * @param limit how many events to hold: 1 to 2^24
   * @param first the number of the first event, 1 or more
   * @throws RangeError on a limit that is no whole number in range
   */
  constructor(limit: number, first: number) {
    if (!Number.isInteger(limit) || limit < 1 || limit > 2 ** 24) {
      throw new RangeError(`invalid limit ${limit}: a whole number of events from 1 to ${2 ** 24}`);
    }
    this.limit = limit;
    this.head = first;
    this.#first = first;
    this.#slots = Array.from({ length: limit }, () => undefined);
    this.#summaries = Array.from({ length: Math.ceil(limit / BLOCK) + 1 }, () => undefined);
  }

  /** The number of the oldest event held; equal to `head` when there is none. */
  get oldest(): number {
    return Math.max(this.#first, this.head - this.limit);
  }

  /**
   * The newest time among the events that made room for others, or a little later (it is known for each
   * 1,024 of them); undefined when there are none.
   */
  get forgotten(): Instant | undefined {
    if (this.oldest === this.#first) return undefined;
    const block = Math.floor(this.oldest / BLOCK);
    const partly = this.oldest % BLOCK === 0 ? undefined : this.#summary(block)?.max;
    return later(this.#forgotten, partly);
  }

  /** Adds the event numbered `head`, in place of the oldest when full. */
  push(event: EngineEvent): void {
    const seq = this.head++;
    this.#slots[this.#write] = event;
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
   * The first number from `seq` on (up to `head`) whose block may hold an event within the window: whole
   * blocks outside it are skipped, as events are not ordered by time.
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
