/** Records the values of an Observable, to wait for them. */
import { firstValueFrom, filter, map, type Observable, ReplaySubject, type Subscription } from 'rxjs';

export interface Recording<T> {
  readonly values: readonly T[];
  readonly subscription: Subscription;
  /**
   * Resolves with all values so far once one of them (past ones too) is as asked. Fails when the
   * Observable does or ends.
   */
  until(condition: (value: T, all: readonly T[]) => boolean): Promise<readonly T[]>;
}

export function record<T>(source: Observable<T>): Recording<T> {
  const values: T[] = [];
  const seen = new ReplaySubject<T>();
  const subscription = source.subscribe({
    next: (value) => {
      values.push(value);
      seen.next(value);
    },
    error: (error) => seen.error(error),
    complete: () => seen.complete(),
  });
  return {
    values,
    subscription,
    until: (condition) =>
      firstValueFrom(
        seen.pipe(
          filter((value) => condition(value, values)),
          map(() => [...values]),
        ),
      ),
  };
}
