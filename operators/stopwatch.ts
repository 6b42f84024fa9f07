import { asyncScheduler, type SchedulerLike, type Subscription } from 'rxjs';

/**
 * Largest difference between a real clock and the scheduler's, in ms; in virtual time they are
 * decades apart.
 */
const SAME = 1e9;

/** Looks at the clock during a span, which reveal a clock that was set. */
const LOOKS = 8;

/** Longest delay of a timer, in ms. */
const LONGEST = 2 ** 31 - 1;

/**
 * Measures elapsed time, even if the clock is set meanwhile: it never subtracts two times of day.
 *
 * By default it uses a monotonic clock. With another scheduler it uses timers: `now()` only counts
 * between two of them. These run while a value younger than the span is held.
 */
export class Stopwatch {
  readonly #scheduler: SchedulerLike;
  readonly #span: number;
  readonly #period: number;
  readonly #steady: boolean;
  /** Elapsed time at the last look, and the scheduler's clock at that moment. */
  #passed = 0;
  #shown = 0;
  /** Elapsed time until which a value is held. */
  #until = 0;
  #timer: Subscription | undefined;

  /** @param span the longest relevant time, in ms: longer times count as equal */
  constructor(span: number, scheduler: SchedulerLike) {
    this.#scheduler = scheduler;
    this.#span = span;
    this.#period = Math.min(Math.max(1, span / LOOKS), LONGEST);
    this.#steady = scheduler === asyncScheduler && Math.abs(scheduler.now() - Date.now()) < SAME;
  }

  /** Elapsed milliseconds since an arbitrary start. */
  get now(): number {
    if (this.#steady) return performance.now();
    if (this.#timer === undefined) return this.#passed;
    const since = this.#scheduler.now() - this.#shown;
    return this.#passed + Math.min(Math.max(0, since), this.#period);
  }

  /** Holds a value from now on; returns {@link now}. */
  hold(): number {
    if (this.#steady) return performance.now();
    if (this.#timer === undefined) this.#look();
    const { now } = this;
    this.#until = now + this.#span;
    return now;
  }

  /** Called when no value is held any more. */
  stop(): void {
    this.#timer?.unsubscribe();
    this.#timer = undefined;
    // Values held later are younger than any before.
    this.#passed += 2 * this.#span;
  }

  #look(): void {
    this.#shown = this.#scheduler.now();
    this.#timer = this.#scheduler.schedule(() => {
      const since = this.#scheduler.now() - this.#shown;
      // A timer may be slightly late; a larger difference means that the clock was set.
      this.#passed += since >= this.#period && since < 2 * this.#period ? since : this.#period;
      if (this.#passed <= this.#until) this.#look();
      else this.stop();
    }, this.#period);
  }
}
