/** Calls about a container that may be removed. */
import { catchError, ignoreElements, type Observable, of, throwError } from 'rxjs';
import { CallError } from './error.ts';

/** Emits undefined if there is no such container. */
export function orNone<T>(call: Observable<T>): Observable<T | undefined> {
  return call.pipe(
    catchError((error: unknown) =>
      error instanceof CallError && error.code === 'NOT_FOUND' ? of(undefined) : throwError(() => error),
    ),
  );
}

/** Completes also if there is no such container. */
export function gone(call: Observable<unknown>): Observable<never> {
  return orNone(call).pipe(ignoreElements());
}
