import { defer, filter, type MonoTypeOperatorFunction, type TimestampProvider } from 'rxjs';
import { checkCount, checkDuration } from './check.ts';
import { elapsedBy, monotonic } from './clock.ts';
import { dropOldest } from './drop-oldest.ts';

/** Options of `distinctWithin`. */
export interface DistinctOptions<T> {
  /** Values with equal keys are the same. Default: the whole value as JSON, without its `seq`. */
  readonly keyOf?: ((value: T) => unknown) | undefined;
  /** Most remembered values, the newest, 1 or more. Default 10,000. */
  readonly count?: number | undefined;
  /** Time that a value is remembered, in ms by the clock, 0 or more. Default: no limit. */
  readonly within?: number | undefined;
  /** The clock, in ms. Default: a monotonic clock. */
  readonly timestampProvider?: TimestampProvider | undefined;
}

/**
 * Lets each event through once, like `distinct`, but in bounded memory and for a bounded time: a
 * forgotten event counts as new. A repeat does not extend that time: of an endlessly repeated
 * event, one passes every `within` ms.
 *
 * Two events are the same if their whole content is equal, including time, attributes and engine:
 * for example when a new connection repeats events after a lost one. Only the collector's number
 * may differ.
 *
 * Memory: `count` keys, by default texts about as long as the event's JSON. There is no timer.
 *
 * @throws RangeError at the call if a bound is invalid
 * @example
 * events.pipe(distinctWithin({ count: 1000 }))
 */
export function distinctWithin<T>(options?: DistinctOptions<T>): MonoTypeOperatorFunction<T>;
/** @deprecated Give the clock in the options. */
export function distinctWithin<T>(
  options: DistinctOptions<T>,
  timestampProvider: TimestampProvider,
): MonoTypeOperatorFunction<T>;
export function distinctWithin<T>(
  options: DistinctOptions<T> = {},
  timestampProvider: TimestampProvider = options.timestampProvider ?? monotonic,
): MonoTypeOperatorFunction<T> {
  const { keyOf = everything, count = 10_000, within = Infinity } = options;
  checkCount('count', count, 1);
  checkDuration('within', within);
  return (source) =>
    defer(() => {
      const elapsed = within === Infinity ? () => 0 : elapsedBy(timestampProvider);
      /** The time at which each value was let through, in that order. */
      const seen = new Map<unknown, number>();
      return source.pipe(
        filter((event) => {
          const key = keyOf(event);
          const now = elapsed();
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
