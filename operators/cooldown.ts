import type { MonoTypeOperatorFunction, TimestampProvider } from 'rxjs';
import { distinctWithin } from './distinctWithin.ts';

/** Options of `cooldown`. */
export interface CooldownOptions {
  /** Most remembered keys, the newest, 1 or more. Default 10,000. */
  readonly limit?: number | undefined;
  /** The clock, in ms. Default: a monotonic clock. */
  readonly timestampProvider?: TimestampProvider | undefined;
}

/**
 * Lets one event of a key through, then no other of that key for `time` ms: an alarm that rings at
 * most once a minute. Like `throttleTime`, but for each key separately, and without timers.
 * Suppressed events do not extend the time.
 *
 * Memory: `limit` keys. The next event of a dropped key passes at once.
 *
 * @param key a value's key, such as its id
 * @param time ms by the clock, 0 or more
 * @throws RangeError at the call if the time or the limit is invalid
 * @example
 * events.pipe(byExpression('event=oom'), cooldown(({ id }) => id, 60_000))
 */
export function cooldown<T>(
  key: (value: T) => unknown,
  time: number,
  { limit, timestampProvider }: CooldownOptions = {},
): MonoTypeOperatorFunction<T> {
  return distinctWithin({ keyOf: key, within: time, count: limit, timestampProvider });
}
