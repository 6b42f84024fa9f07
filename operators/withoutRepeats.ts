import { asyncScheduler, defer, filter, type MonoTypeOperatorFunction, type SchedulerLike } from 'rxjs';
import { checkCount, checkDuration } from './check.ts';
import { dropOldest } from './drop-oldest.ts';

export interface RepeatOptions<T> {
  /** What makes two values the same: equal keys. Default: everything that the value says, as JSON, but its `seq`. */
  readonly keyOf?: ((value: T) => unknown) | undefined;
  /** How many events are remembered, the newest, 1 or more. Default 10,000. */
  readonly count?: number | undefined;
  /** How long one is remembered, in ms by the scheduler's clock, 0 or more. Default: no bound. */
  readonly within?: number | undefined;
}

/**
 * Lets each event through once, as `distinct` does, but in bounded memory: what is forgotten counts as new. A
 * repeat does not prolong what is remembered, so that of an event told for ever one passes each `within` ms.
 *
 * Two events are the same when all that they say is, time, attributes and engine included: as when a connection
 * was lost, and what comes next begins with what was there. Only the number that a collector gave them may differ.
 *
 * Memory: `count` keys, by default texts about as long as the event as JSON.
 *
 * @throws RangeError at the call on bounds that are none
 */
export function withoutRepeats<T>(
  options: RepeatOptions<T> = {},
  scheduler: SchedulerLike = asyncScheduler,
): MonoTypeOperatorFunction<T> {
  const { keyOf = everything, count = 10_000, within = Infinity } = options;
  checkCount('count', count, 1);
  checkDuration('within', within);
  return (source) =>
    defer(() => {
      /** When each was let through, in that order. */
      const seen = new Map<unknown, number>();
      return source.pipe(
        filter((event) => {
          const key = keyOf(event);
          const now = scheduler.now();
          const before = seen.get(key);
          if (before !== undefined && now - before <= within) return false;
          seen.delete(key);
          seen.set(key, now);
          if (seen.size > count) dropOldest(seen);
          return true;
        }),
      );
    });
}

function everything(value: unknown): string {
  const { seq: _, ...said } = Object(value) as { seq?: unknown };
  return JSON.stringify(typeof value === 'object' ? said : value, (_, part: unknown) =>
    typeof part === 'bigint' ? `${part}n` : part,
  );
}
