import { Observable, type Observer, type OperatorFunction, Subject, type Subscriber, takeUntil } from 'rxjs';

/**
 * Handlers of an operator for the source's notifications; `finalize` runs after the source's end or
 * an unsubscription.
 */
interface Intake<T> extends Partial<Observer<T>> {
  finalize?(): void;
}

/**
 * Makes an operator that can emit at any time, not only on a value. `connect` gets the subscriber,
 * to which it also adds its timers, and returns the handlers of the source's notifications. An
 * operator without its own `complete` completes with its source; one with it completes `out`
 * itself. An error of the source, or one thrown by a handler, ends the stream. Unsubscribing, even
 * inside `next`, unsubscribes from the source, even from one that emits synchronously.
 */
export function emitting<T, R>(connect: (out: Subscriber<R>) => Intake<T>): OperatorFunction<T, R> {
  return (source) =>
    new Observable((out) => {
      const left = new Subject<void>();
      const intake = connect(out);
      out.add(() => {
        left.next();
        intake.finalize?.();
      });
      const guarded = (work: () => void): void => {
        if (out.closed) return;
        try {
          work();
        } catch (error) {
          out.error(error);
        }
      };
      source.pipe(takeUntil(left)).subscribe({
        next: (value) => guarded(() => intake.next?.(value)),
        error: (error: unknown) =>
          guarded(() => {
            intake.error?.(error);
            out.error(error);
          }),
        complete: () => guarded(() => (intake.complete === undefined ? out.complete() : intake.complete())),
      });
    });
}
