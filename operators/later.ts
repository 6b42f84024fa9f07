import {
  asyncScheduler,
  Observable,
  type SchedulerAction,
  type SchedulerLike,
  type Subscription,
} from 'rxjs';

/** Longest delay of a timer, in ms: a longer one would end at once. */
const LONGEST = 2 ** 31 - 1;

/**
 * Runs the work once, after any `delay` in ms. Counts elapsed time: setting the clock has no
 * effect.
 */
export function later(work: () => void, delay: number, scheduler: SchedulerLike): Subscription {
  const wait = Math.min(delay, LONGEST);
  return scheduler.schedule(
    function (this: SchedulerAction<number>, left = 0) {
      if (left <= 0) return work();
      const next = Math.min(left, LONGEST);
      this.schedule(left - next, next);
    },
    wait,
    delay - wait,
  );
}

/** Emits once, after any `delay` in ms from the subscription, and completes, like `timer`. */
export function after(delay: number, scheduler: SchedulerLike = asyncScheduler): Observable<void> {
  return new Observable((subscriber) =>
    later(
      () => {
        subscriber.next();
        subscriber.complete();
      },
      delay,
      scheduler,
    ),
  );
}
