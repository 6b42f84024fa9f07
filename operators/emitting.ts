import { Observable, type Observer, type OperatorFunction, Subject, type Subscriber, takeUntil } from 'rxjs';

/** What an operator does with the source's values; `finalize` when the source has ended, or was left. */
interface Intake<T> extends Partial<Observer<T>> {
  finalize?(): void;
}

/**
 * An operator that emits when it likes, not only when a value comes. `connect` gets the subscriber, to which it also
 * adds its timers, and returns what takes the source's values in. An operator without a `complete` of its own completes
 * with its source; with one it completes `out` itself. An error of the source, or one that the intake throws, ends it.
 * Leaving it, also from inside of `next`, leaves the source, even one that emits synchronously.
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
