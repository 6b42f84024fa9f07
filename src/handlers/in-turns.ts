/** Cuts long work into turns of the event loop, so that nothing else waits for all of it. */
import { Observable, type SchedulerLike } from 'rxjs';

/** Items of a step: a few milliseconds. */
export const ITEMS = 512;

/**
 * Runs the work: its first step at once, each other one in a turn of its own. Completes after the
 * last step, emits nothing. The work yields after each step; leaving ends it at its last yield.
 */
export function inTurns(work: () => Iterator<unknown>, scheduler: SchedulerLike): Observable<never> {
  return new Observable((subscriber) => {
    const steps = work();
    subscriber.add(() => steps.return?.());
    const step = (): boolean => steps.next().done === true;
    if (step()) return subscriber.complete();
    subscriber.add(
      scheduler.schedule(function () {
        if (step()) subscriber.complete();
        else this.schedule(undefined, 0);
      }),
    );
  });
}
