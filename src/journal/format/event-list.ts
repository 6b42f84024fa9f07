/** Consecutive events by columns: times, actions, templates, and the values that vary. */
import type { Instant } from '../../instant.ts';
import type { Rows } from './event-rows.ts';
import type { TemplateSet } from './templates.ts';

/** Distances of time below this are exact, and so are the differences of two: 13 days, in ns. */
const NEAR = 2 ** 50;

/** Times as exact distances from the first one, in ns; far ones apart. */
export class Times {
  base: Instant = 0n;
  /** NaN where a time is in `far`. */
  readonly offsets: number[] = [];
  readonly far: Map<number, Instant> = new Map();
  #before: Instant | undefined;
  #shift = 0;

  push(base: Instant, offset: number): void {
    if (this.#before === undefined) this.base = base + BigInt(offset);
    if (base !== this.#before) {
      this.#before = base;
      this.#shift = Number(base - this.base);
    }
    const whole = this.#shift + offset;
    if (Math.abs(whole) < NEAR && Math.abs(this.#shift) < NEAR) this.offsets.push(whole);
    else this.far.set(this.offsets.push(Number.NaN) - 1, base + BigInt(offset));
  }

  get(index: number): Instant {
    const offset = this.offsets[index] as number;
    return Number.isNaN(offset) ? (this.far.get(index) as Instant) : this.base + BigInt(offset);
  }

  /** Keeps the first `length` times. */
  cut(length: number): void {
    this.offsets.length = length;
  }
}

/** Columns of consecutive events. */
export class EventList {
  readonly times: Times = new Times();
  readonly actions: number[] = [];
  readonly templates: number[] = [];
  /** References of the values that vary, and where those of each event begin. */
  readonly values: number[] = [];
  readonly starts: number[] = [];

  get length(): number {
    return this.actions.length;
  }

  /** Adds the last event of the rows. */
  push(rows: Rows, templates: TemplateSet): void {
    const { fields, attributes, base, offset } = rows;
    this.add(fields, attributes, templates);
    this.times.push(base, offset);
  }

  /** Adds an event without its time. @param row references as in `Rows.fields` */
  add(row: readonly number[], attributes: number, templates: TemplateSet): void {
    this.starts.push(this.values.length);
    this.actions.push(templates.action(row[1] as number));
    this.templates.push(templates.place(row, attributes, this.values));
  }

  /** Keeps the first `length` events. */
  cut(length: number): void {
    if (length >= this.length) return;
    this.values.length = this.starts[length] as number;
    for (const column of [this.starts, this.actions, this.templates]) column.length = length;
    this.times.cut(length);
  }
}
