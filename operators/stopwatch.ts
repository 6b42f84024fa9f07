import { asyncScheduler, type SchedulerLike, type Subscription } from 'rxjs';

/** A real clock and the scheduler's differ by less than this, in ms; in virtual time they are decades apart. */
const SAME = 1e9;

/** How many times the clock is looked at during a span, so that one that was set is noticed. */
const LOOKS = 8;

/** The longest that a timer can wait, in ms. */
const LONGEST = 2 ** 31 - 1;

/**
 * Measures how long something has been held, whatever a clock is set to meanwhile: never as the difference of two times
 * of day.
 *
 * By default from a clock that cannot be set. By another scheduler, from its timers: `now()` counts between two of them
 * alone. These run while something younger than the span is held, and no longer.
 */
export class Stopwatch {
  readonly #scheduler: SchedulerLike;
  readonly #span: number;
  readonly #period: number;
  readonly #steady: boolean;
  /** What had passed at the last look, and what the scheduler's clock showed then. */
  #passed = 0;
  #shown = 0;
  /** As long as less has passed, something is held. */
  #until = 0;
  #timer: Subscription | undefined;

  /** @param span what matters, in ms: anything that was held longer is all the same */
  constructor(span: number, scheduler: SchedulerLike) {
    this.#scheduler = scheduler;
    this.#span = span;
    this.#period = Math.min(Math.max(1, span / LOOKS), LONGEST);
    this.#steady = scheduler === asyncScheduler && Math.abs(scheduler.now() - Date.now()) < SAME;
  }

  /** Milliseconds that have passed since some start. */
  get now(): number {
    if (this.#steady) return performance.now();
    if (this.#timer === undefined) return this.#passed;
    const since = this.#scheduler.now() - this.#shown;
    return this.#passed + Math.min(Math.max(0, since), this.#period);
  }

  /** Something is held from now on; returns {@link now}. */
  hold(): number {
    if (this.#steady) return performance.now();
    if (this.#timer === undefined) this.#look();
    const { now } = this;
    this.#until = now + this.#span;
    return now;
  }

  /** Nothing is held any more. */
  stop(): void {
    this.#timer?.unsubscribe();
    this.#timer = undefined;
    // What is held again later is younger than anything before.
    this.#passed += 2 * this.#span;
  }

  #look(): void {
    this.#shown = this.#scheduler.now();
    this.#timer = this.#scheduler.schedule(() => {
      const since = this.#scheduler.now() - this.#shown;
      // A timer may be late, but not by much: otherwise the clock was set.
      this.#passed += since >= this.#period && since < 2 * this.#period ? since : this.#period;
      if (this.#passed <= this.#until) this.#look();
      else this.stop();
    }, this.#period);
  }
}
