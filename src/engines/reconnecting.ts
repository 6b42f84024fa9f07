/** Subscribing again, for ever, to what must not end. */
import {
  concat,
  defer,
  type MonoTypeOperatorFunction,
  retry,
  type SchedulerLike,
  throwError,
  timer,
} from 'rxjs';
import { backoff } from '../backoff.ts';

/** In ms. */
const WAITS = { first: 100, longest: 10_000 };

/** A subscription that lasted this long was a good one: the waits start over. In ms. */
const STEADY = 10_000;

export interface ReconnectOptions {
  readonly scheduler: SchedulerLike;
  /** Told why it ended or failed, before each wait. */
  readonly onLost: (error: unknown) => void;
  /** From 0 to 1: spreads many that lost the same engine. Default `Math.random`. */
  readonly random?: (() => number) | undefined;
}

/** Subscribes again after an error or the end, waiting longer each time unless it had held for 10 s. */
export function reconnecting<T>(options: ReconnectOptions): MonoTypeOperatorFunction<T> {
  const { scheduler, onLost, random = Math.random } = options;
  return (source) =>
    defer(() => {
      let attempt = 0;
      let since = 0;
      const once = defer(() => {
        since = scheduler.now();
        return concat(
          source,
          throwError(() => new Error('the connection ended')),
        );
      });
      const delay = (error: unknown): ReturnType<typeof timer> => {
        if (scheduler.now() - since >= STEADY) attempt = 0;
        onLost(error);
        return timer(backoff(attempt++, { ...WAITS, random }), scheduler);
      };
      return once.pipe(retry({ delay }));
    });
}
