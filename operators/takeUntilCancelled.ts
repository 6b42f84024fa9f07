import { from, type MonoTypeOperatorFunction, Observable, type ObservableInput, takeUntil } from 'rxjs';

/** What cancels: a signal that aborts, or anything whose first value says so. */
export type Cancellation = AbortSignal | ObservableInput<unknown>;

/**
 * Completes at once when cancelled, and before the source is subscribed to when it already is. Nothing is
 * delivered after that, and the signal keeps no listener.
 *
 * Memory: one listener.
 *
 * @throws TypeError at the call when it is neither
 */
export function takeUntilCancelled<T>(cancellation: Cancellation): MonoTypeOperatorFunction<T> {
  return takeUntil(isSignal(cancellation) ? aborted(cancellation) : from(cancellation));
}

function isSignal(cancellation: Cancellation): cancellation is AbortSignal {
  return typeof (cancellation as Partial<AbortSignal> | undefined)?.aborted === 'boolean';
}

function aborted(signal: AbortSignal): Observable<void> {
  return new Observable((subscriber) => {
    const abort = (): void => subscriber.next();
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    return () => signal.removeEventListener('abort', abort);
  });
}
