/** Reports errors that must not affect other work. */
import { config } from 'rxjs';

/**
 * Reports an error of a listener as RxJS reports errors of observers: later, outside of the current
 * call.
 */
export function report(error: unknown): void {
  setTimeout(() => {
    const { onUnhandledError } = config;
    if (onUnhandledError === null) throw error;
    onUnhandledError(error);
  });
}

/** Runs the work; reports its error. */
export function alone(work: () => void): void {
  try {
    work();
  } catch (error) {
    report(error);
  }
}
