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

/** First wait and longest wait: in ms. */
const FIRST = 100;
const LONGEST = 10_000;

/** A subscription that lasted this long was a good one: the waits start over. In ms. */
const STEADY = 10_000;

export interface ReconnectOptions {
  readonly scheduler: SchedulerLike;
  /** Told why it ended or failed, before each wait. */
  readonly onLost: (error: unknown) => void;
  /** From 0 to 1: spreads many that lost the same engine. Default `Math.random`. */
  readonly random?: (() => number) | undefined;
}

/**
 * How long to wait before attempt `attempt` (from 0): 100 ms, doubling to 10 s, of which up to a half is left to
 * chance.
 */
export function backoff(attempt: number, random: () => number = Math.random): number {
  const full = Math.min(LONGEST, FIRST * 2 ** attempt);
  return full / 2 + (full / 2) * random();
}

/** Subscribes again after an error or the end, waiting longer each time unless it had held for 10 s. */
export function reconnecting<T>(options: ReconnectOptions): MonoTypeOperatorFunction<T> {
  const { scheduler, onLost, random } = options;
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
        return timer(backoff(attempt++, random), scheduler);
      };
      return once.pipe(retry({ delay }));
    });
}
