import {
  asyncScheduler,
  type MonoTypeOperatorFunction,
  Observable,
  type SchedulerLike,
  type Subscription,
} from 'rxjs';
import { checkInstant } from './check.ts';

/** How long a wait goes without a look at the clock, in ms: so soon is a clock that was set forward noticed. */
const LOOK = 1000;

/**
 * Completes when the scheduler's clock reaches `until`: on the first millisecond that is not before it, never
 * early. What the source delivers synchronously on subscription comes first, so that with an `until` in the
 * past a replay is delivered and then completes.
 *
 * The wall clock rules, not the time that has passed: set back, the wait is longer; set forward past `until`,
 * it ends within a second. There is no farthest `until`.
 *
 * Memory: one timer while waiting, none after any way of ending.
 *
 * @param until nanoseconds since the Unix epoch
 * @param scheduler whose `now()` is the clock, in ms since the Unix epoch
 * @throws RangeError at the call when `until` is no bigint
 */
export function takeUntilTime<T>(
  until: bigint,
  scheduler: SchedulerLike = asyncScheduler,
): MonoTypeOperatorFunction<T> {
  checkInstant('until', until);
  const end = Number((until + 999_999n) / 1_000_000n);
  const remaining = (): number => end - scheduler.now();
  return (source) =>
    new Observable((subscriber) => {
      source.subscribe(subscriber);
      if (subscriber.closed) return;
      let timer: Subscription | undefined;
      const look = (): void => {
        const left = remaining();
        if (left > 0) timer = scheduler.schedule(look, Math.min(left, LOOK));
        else subscriber.complete();
      };
      subscriber.add(() => timer?.unsubscribe());
      look();
    });
}
