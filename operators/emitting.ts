import { defer, ignoreElements, merge, type Observer, type OperatorFunction, Subject, tap } from 'rxjs';

/** What an operator does with what comes; `finalize` when the source has ended, or was left. */
interface Intake<T> extends Partial<Observer<T>> {
  finalize?(): void;
}

/**
 * An operator that emits when it likes, not only when a value comes: what `connect` makes takes in the source's
 * values, and gives out its own. Ends when the source has completed and `out` has; an error of the source, or
 * of the intake, ends it at once. Being left, also from inside of `out.next`, leaves the source.
 */
export function emitting<T, R>(connect: (out: Observer<R>) => Intake<T>): OperatorFunction<T, R> {
  return (source) =>
    defer(() => {
      const out = new Subject<R>();
      return merge(out, source.pipe(tap(connect(out)), ignoreElements()));
    });
}
