/** One timer for all waits for the clock to reach an instant. */
import { type SchedulerLike, Subscription, throwError } from 'rxjs';

/** Interval between looks at the clock, in ms: a clock that is set forward is noticed this soon. */
const LOOK = 1000;

interface Wait {
  /** In ms since the Unix epoch. */
  readonly end: number;
  readonly reached: () => void;
}

const watches = new WeakMap<SchedulerLike, ClockWatch>();

/**
 * Calls back once, when the scheduler's clock reaches the instant: on the first millisecond that is
 * not before it, or at once for a past instant. The clock decides, not the elapsed time: if it is
 * set back, the wait is longer; if it is set forward past the instant, the wait ends within a
 * second.
 *
 * Memory: one timer for all waits of a scheduler.
 *
 * @param instant nanoseconds since the Unix epoch
 */
export function atTime(instant: bigint, reached: () => void, scheduler: SchedulerLike): Subscription {
  const wait: Wait = { end: Number((instant + 999_999n) / 1_000_000n), reached };
  let watch = watches.get(scheduler);
  if (watch === undefined) watches.set(scheduler, (watch = new ClockWatch(scheduler)));
  return watch.add(wait);
}

class ClockWatch {
  readonly #scheduler: SchedulerLike;
  readonly #waits = new Set<Wait>();
  #timer: Subscription | undefined;
  /** The next look at the clock, by the clock at the time of the last look. */
  #next = Number.POSITIVE_INFINITY;

  constructor(scheduler: SchedulerLike) {
    this.#scheduler = scheduler;
  }

  add(wait: Wait): Subscription {
    const now = this.#scheduler.now();
    if (wait.end <= now) {
      wait.reached();
      return Subscription.EMPTY;
    }
    this.#waits.add(wait);
    // Also if the clock was set forward since the last look.
    if (this.#timer === undefined || wait.end < this.#next || now > this.#next) this.#lookAgain(now);
    return new Subscription(() => {
      this.#waits.delete(wait);
      if (this.#waits.size === 0) this.#stop();
    });
  }

  #look(): void {
    this.#timer = undefined;
    const now = this.#scheduler.now();
    const due = [...this.#waits].filter(({ end }) => end <= now).toSorted((a, b) => a.end - b.end);
    for (const wait of due) {
      if (!this.#waits.delete(wait)) continue;
      try {
        wait.reached();
      } catch (error) {
        // RxJS reports it later: an error in scheduled work would end all work of the scheduler.
        throwError(() => error).subscribe();
      }
    }
    if (this.#waits.size > 0) this.#lookAgain(this.#scheduler.now());
    else this.#stop();
  }

  #lookAgain(now: number): void {
    this.#timer?.unsubscribe();
    let end = now + LOOK;
    for (const wait of this.#waits) end = Math.min(end, wait.end);
    this.#next = end;
    this.#timer = this.#scheduler.schedule(() => this.#look(), Math.max(0, end - now));
  }

  #stop(): void {
    this.#timer?.unsubscribe();
    this.#timer = undefined;
    this.#next = Number.POSITIVE_INFINITY;
  }
}
