import {
  asyncScheduler,
  Observable,
  type SchedulerAction,
  type SchedulerLike,
  type Subscription,
} from 'rxjs';

/** The longest wait of a timer, in ms: a longer one would end at once. */
const LONGEST = 2 ** 31 - 1;

/** Does the work once, `delay` ms from now, however long that is. By the time that passes: setting the clock changes nothing. */
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

/** Emits once, `delay` ms from the subscription, and completes: as `timer` does, however long that is. */
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
