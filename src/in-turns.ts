/** Cuts long work into turns of the event loop, so that nothing else waits for all of it. */
import { asyncScheduler, concat, defer, Observable, of, type SchedulerLike } from 'rxjs';

/** Items of a step: a few milliseconds. */
export const ITEMS = 512;

/**
 * Runs the work: its first step at once, each other one in a turn of its own. Completes after the
 * last step, emits nothing. The work yields after each step; leaving ends it at its last yield. Its
 * error becomes that of the observable.
 */
export function inTurns(work: () => Iterator<unknown>, scheduler: SchedulerLike): Observable<never> {
  return new Observable((subscriber) => {
    const steps = work();
    subscriber.add(() => steps.return?.());
    const step = (): boolean => steps.next().done === true;
    if (step()) return subscriber.complete();
    subscriber.add(
      scheduler.schedule(function () {
        try {
          if (step()) subscriber.complete();
          else this.schedule(undefined, 0);
        } catch (error) {
          subscriber.error(error);
        }
      }),
    );
  });
}

/** Maps a long list in turns. Emits all results once, in order. */
export function mapInTurns<T, R>(
  items: readonly T[],
  each: (item: T) => R,
  scheduler: SchedulerLike = asyncScheduler,
): Observable<readonly R[]> {
  return defer(() => {
    const mapped: R[] = [];
    const work = function* (): Generator<void, void> {
      for (const item of items) {
        if (mapped.length > 0 && mapped.length % ITEMS === 0) yield;
        mapped.push(each(item));
      }
    };
    return concat(
      inTurns(work, scheduler),
      defer(() => of(mapped)),
    );
  });
}
