import { defer, filter, type MonoTypeOperatorFunction } from 'rxjs';
import { checkCount, checkDuration } from './check.ts';
import { containerKey } from './container-key.ts';
import { dropOldest } from './drop-oldest.ts';
import type { Described, Named, Sourced, Timed } from './shapes.ts';
import { isRemoval } from './words.ts';

/** Options of `timesWithin`. */
export interface TimesOptions<T> {
  /** Events with equal keys are counted together. Default: the container, by its engine and id. */
  readonly keyOf?: ((event: T) => unknown) | undefined;
  /**
   * Most counted keys, 1 or more; beyond it, the key with the oldest last event is dropped. Default
   * 10,000.
   */
  readonly limit?: number | undefined;
}

/**
 * Selects every event that is the nth of its container within a time, and then counts from 0 again.
 * It uses the times that events state, so a recording gives the same result; if an engine's clock
 * is set back, time stands still for one event, and no event is lost. Removed containers are
 * dropped.
 *
 * Memory: `times` numbers for each of at most `limit` keys.
 *
 * @param times 2 or more
 * @param within ms, 0 or more
 * @throws RangeError at the call if one of them is invalid
 * @example
 * events.pipe(byExpression('event=die'), timesWithin(3, 60_000))
 */
export function timesWithin<T extends Timed & Named & Described & Sourced>(
  times: number,
  within: number,
  { keyOf = containerKey, limit = 10_000 }: TimesOptions<T> = {},
): MonoTypeOperatorFunction<T> {
  checkCount('times', times, 2);
  checkDuration('within', within);
  checkCount('limit', limit, 1);
  return (source) =>
    defer(() => {
      const counted = new Map<unknown, Counted>();
      return source.pipe(
        filter((event) => {
          const key = keyOf(event);
          const before = counted.get(key);
          counted.delete(key);
          const { timeNano } = event;
          const passed =
            before === undefined || timeNano <= before.at ? 0 : Number(timeNano - before.at) / 1e6;
          const now = (before?.now ?? 0) + passed;
          const recent = [...(before?.recent ?? []).filter((each) => now - each <= within), now];
          if (recent.length >= times) return true;
          if (!isRemoval(event.action)) counted.set(key, { at: timeNano, now, recent });
          if (counted.size > limit) dropOldest(counted);
          return false;
        }),
      );
    });
}

interface Counted {
  /** The time that the latest event stated. */
  readonly at: bigint;
  /** The same in ms since the first event, without steps back; and those of the counted events. */
  readonly now: number;
  readonly recent: readonly number[];
}
