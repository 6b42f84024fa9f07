/** What is done about a failure that nobody else is to notice. */
import { config } from 'rxjs';

/** Reports what a listener threw, as RxJS reports what an observer throws: later, and outside of what goes on. */
export function report(error: unknown): void {
  setTimeout(() => {
    const { onUnhandledError } = config;
    if (onUnhandledError === null) throw error;
    onUnhandledError(error);
  });
}

/** Does the work; what it throws is reported. */
export function alone(work: () => void): void {
  try {
    work();
  } catch (error) {
    report(error);
  }
}
