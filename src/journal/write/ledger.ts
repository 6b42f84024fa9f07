/** Reserves a journal's numbers on disk ahead of the events that get them. */
import type { Log } from '../../log.ts';
import { FORMAT } from '../format/segment.ts';
import { markPiece, type Numbers, type Saved, writeNumbers } from '../store/numbers.ts';
import type { Store } from '../store/store.ts';

/** Least and most numbers reserved ahead. */
const LEAST = 2 ** 20;
const MOST = 2 ** 32;
/**
 * If half of the reservation is used up within this time, the next one is twice as large: in ms.
 */
const SOON = 30_000;

export class Ledger {
  numbers: Numbers;
  readonly #store: Store;
  readonly #log: Log;
  #version: number;
  /** The state on disk. */
  #durable: Numbers;
  #ahead = LEAST;
  #reservedAt: number;
  #writing: Promise<void> | undefined;
  #warned = false;
  #marked = 0;

  constructor(store: Store, { numbers, version }: Saved, log: Log) {
    this.#store = store;
    this.numbers = numbers;
    this.#durable = numbers;
    this.#version = version;
    this.#log = log;
    this.#reservedAt = performance.now();
  }

  /** Tests whether all numbers below `head` are reserved on disk. */
  covers(head: number): boolean {
    return head <= this.#durable.reserved;
  }

  /**
   * Reserves the numbers after `head`; resolves once the reservation is on disk.
   *
   * @param marks true if each number will be marked from now on, false if {@link trustMarks} follows
   */
  async open(head: number, settled: number, marks: boolean): Promise<void> {
    const numbers = { format: FORMAT, reserved: head + this.#ahead, settled, clean: false };
    await this.save({ ...numbers, boot: marks ? this.#markedBoot(head) : undefined });
  }

  /** Each number is marked from now on. Resolves once that is on disk. */
  async trustMarks(head: number): Promise<void> {
    await this.save({ boot: this.#markedBoot(head) });
  }

  /**
   * Notes that numbers below `head` are given out: the system has this mark at once, but their events
   * a little later. Does nothing if the store cannot take it: after a crash of the process, numbers
   * of events that were not written could then be given out again.
   *
   * @returns whether the system has the mark
   */
  mark(head: number): boolean {
    if (head <= this.#marked) return true;
    try {
      this.#store.put?.([markPiece(head)]);
      this.#marked = head;
      return true;
    } catch {
      // The journal reports the disk's failure already.
      return false;
    }
  }

  /** Keeps the numbers after `head` reserved. @param settled see {@link Numbers.settled} */
  keepAhead(head: number, settled: number): void {
    if (head + this.#ahead / 2 > this.numbers.reserved) {
      const now = performance.now();
      if (now - this.#reservedAt < SOON) this.#ahead = Math.min(this.#ahead * 2, MOST);
      this.#reservedAt = now;
      this.numbers = { ...this.numbers, reserved: head + this.#ahead, settled };
    }
    if (this.numbers !== this.#durable) this.#write().catch(() => undefined); // The next event tries again.
    if (!this.covers(head) && !this.#warned) {
      this.#warned = true;
      const fields = { head, reserved: this.#durable.reserved };
      this.#log.error(
        fields,
        'no more numbers can be reserved on disk: after a crash now, some could be used twice',
      );
    }
  }

  /** Changes the numbers; resolves once they are on disk. */
  async save(change: Partial<Numbers>): Promise<void> {
    this.numbers = { ...this.numbers, ...change };
    while (this.numbers !== this.#durable) await this.#write();
  }

  /**
   * The boot, once the system has a mark of this run: the end of the process then costs no more
   * numbers than it has given out. Marks of an earlier run, from before a power cut, are lower. So
   * without a mark the end of this process counts as a power cut.
   */
  #markedBoot(head: number): string | undefined {
    return this.mark(head) ? this.#store.boot : undefined;
  }

  /** Runs one write at a time: changes meanwhile go with the next. */
  async #write(): Promise<void> {
    if (this.#writing !== undefined) return await this.#writing;
    const { numbers } = this;
    const version = this.#version + 1;
    this.#writing = writeNumbers(this.#store, { numbers, version });
    try {
      await this.#writing;
      this.#version = version;
      this.#durable = numbers;
      this.#warned = false;
    } finally {
      this.#writing = undefined;
    }
  }
}
