/** Resubscribes for ever to a source that should not end. */
import {
  concat,
  defer,
  finalize,
  type MonoTypeOperatorFunction,
  retry,
  type SchedulerLike,
  throwError,
  timer,
} from 'rxjs';
import { backoff } from '../backoff.ts';

/** Delays between attempts: in ms. */
const WAITS = { first: 100, longest: 10_000 };

/** Lifetime of a good subscription, after which the delays start over. In ms. */
const STEADY = 10_000;

export interface ReconnectOptions {
  readonly scheduler: SchedulerLike;
  /** Called with the reason of the end or failure, before each delay. */
  readonly onLost: (error: unknown) => void;
  /** Random number from 0 to 1: spreads the reconnects of many clients. Default `Math.random`. */
  readonly random?: (() => number) | undefined;
}

/**
 * Resubscribes after an error or completion. The delay grows each time unless the subscription
 * lasted 10 s.
 */
export function reconnecting<T>(options: ReconnectOptions): MonoTypeOperatorFunction<T> {
  const { scheduler, onLost, random = Math.random } = options;
  return (source) =>
    defer(() => {
      let attempt = 0;
      const once = defer(() => {
        const steady = scheduler.schedule(() => (attempt = 0), STEADY);
        return concat(
          source,
          throwError(() => new Error('the connection ended')),
        ).pipe(finalize(() => steady.unsubscribe()));
      });
      const delay = (error: unknown): ReturnType<typeof timer> => {
        onLost(error);
        return timer(backoff(attempt++, { ...WAITS, random }), scheduler);
      };
      return once.pipe(retry({ delay }));
    });
}
