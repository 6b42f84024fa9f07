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
 * Completes when the scheduler's clock reaches `until`: on the first millisecond that is not before
 * it, never early. Synchronous values of the source on subscription come first: with an `until` in
 * the past, a replay is delivered before the completion.
 *
 * The wall clock decides, not the elapsed time: if it is set back, the wait is longer; if it is set
 * forward past `until`, the wait ends within a second. `until` has no upper limit.
 *
 * Memory: one timer during the wait, for all waits by the same scheduler; none afterwards.
 *
 * @param until nanoseconds since the Unix epoch
 * @param scheduler whose `now()` is the clock, in ms since the Unix epoch
 * @param replayed subscribed to at that time; its first value completes the stream. It lets a
 *   source finish an asynchronous replay. Default: completes at once
 * @throws RangeError at the call if `until` is not a bigint
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
      // First, unlike in `takeUntil`: with a past time, the replay is still delivered.
      source.subscribe(subscriber);
      if (!subscriber.closed) subscriber.add(over.subscribe(() => subscriber.complete()));
    });
}
