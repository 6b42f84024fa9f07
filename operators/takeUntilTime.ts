import {
  asyncScheduler,
  type MonoTypeOperatorFunction,
  Observable,
  type ObservableInput,
  of,
  type SchedulerLike,
  switchMap,
} from 'rxjs';
import { checkInstant } from './check.ts';
import { atTime } from './clock-watch.ts';

/**
 * Completes when the scheduler's clock reaches `until`: on the first millisecond that is not before it, never
 * early. What the source delivers synchronously on subscription comes first, so that with an `until` in the
 * past a replay is delivered and then completes.
 *
 * The wall clock rules, not the time that has passed: set back, the wait is longer; set forward past `until`,
 * it ends within a second. There is no farthest `until`.
 *
 * Memory: one timer while waiting, for all that wait by the same scheduler; none after any way of ending.
 *
 * @param until nanoseconds since the Unix epoch
 * @param scheduler whose `now()` is the clock, in ms since the Unix epoch
 * @param replayed subscribed to at that time; its first value completes the stream. For a source whose replay takes longer:
 *   it is delivered in full. Default: at once
 * @throws RangeError at the call when `until` is no bigint
 */
export function takeUntilTime<T>(
  until: bigint,
  scheduler: SchedulerLike = asyncScheduler,
  replayed: ObservableInput<unknown> = of(undefined),
): MonoTypeOperatorFunction<T> {
  checkInstant('until', until);
  const reached = new Observable<void>((subscriber) => atTime(until, () => subscriber.next(), scheduler));
  const over = reached.pipe(switchMap(() => replayed));
  return (source) =>
    new Observable((subscriber) => {
      // First, unlike in `takeUntil`: of a time in the past, the replay is still wanted.
      source.subscribe(subscriber);
      if (!subscriber.closed) subscriber.add(over.subscribe(() => subscriber.complete()));
    });
}
