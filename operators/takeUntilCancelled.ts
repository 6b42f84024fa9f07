import { from, type MonoTypeOperatorFunction, Observable, type ObservableInput, takeUntil } from 'rxjs';

/** A cancellation: an AbortSignal, or an Observable input whose first value cancels. */
export type Cancellation = AbortSignal | ObservableInput<unknown>;

/**
 * Completes at once on cancellation; an earlier cancellation completes it before it subscribes to
 * the source. Nothing is delivered after that, and the signal keeps no listener.
 *
 * Memory: one listener.
 *
 * @throws TypeError at the call if the argument is neither
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
