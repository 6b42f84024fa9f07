import { asyncScheduler, type OperatorFunction, type SchedulerLike, type Subscription } from 'rxjs';
import { checkCount, checkDuration } from './check.ts';
import { emitting } from './emitting.ts';
import { later } from './later.ts';

/** A period without events. */
export interface Absence<T> {
  readonly kind: 'absence';
  /** The key without events; undefined without `keyOf`. */
  readonly key: unknown;
  /** The last event before the period; undefined without an earlier event. */
  readonly last: T | undefined;
  /** Length of the period so far, in ms. */
  readonly for: number;
}

/** Options of `absent`. */
export interface AbsentOptions<T> {
  /**
   * Watches each key separately, from its first event on. Default: all events together, from the
   * subscription on.
   */
  readonly keyOf?: ((event: T) => unknown) | undefined;
  /**
   * Most watched keys, 1 or more; beyond it, the key with the oldest last event is dropped. Default
   * 10,000.
   */
  readonly limit?: number | undefined;
  /** The scheduler of the timers. Default: asyncScheduler. */
  readonly scheduler?: SchedulerLike | undefined;
}

/**
 * Emits when no event arrives for `within` ms: a backup that did not start, a container that went
 * silent. It emits once for each period of silence; the next event ends the period. Time is elapsed
 * time, by the scheduler's timers. Completes with the source.
 *
 * Memory: one event and one timer for each key, up to `limit`.
 *
 * @param within ms, more than 0
 * @throws RangeError at the call if the time or the limit is invalid
 * @example
 * events.pipe(byExpression('backup event=start'), absent(25 * 3_600_000)).subscribe(() => console.error('no backup for 25 h'))
 */
export function absent<T>(
  within: number,
  { keyOf, limit = 10_000, scheduler = asyncScheduler }: AbsentOptions<T> = {},
): OperatorFunction<T, Absence<T>> {
  checkDuration('within', within);
  if (within === 0) throw new RangeError('invalid within 0: a number of milliseconds, more than 0');
  checkCount('limit', limit, 1);
  return emitting((out) => {
    const waits = new Map<unknown, Subscription>();
    const watch = (key: unknown, last: T | undefined): void => {
      waits.get(key)?.unsubscribe();
      waits.delete(key);
      const wait = later(() => out.next({ kind: 'absence', key, last, for: within }), within, scheduler);
      out.add(wait);
      waits.set(key, wait);
      const [longest] = waits;
      if (waits.size <= limit || longest === undefined) return;
      longest[1].unsubscribe();
      waits.delete(longest[0]);
    };
    if (keyOf === undefined) watch(undefined, undefined);
    return { next: (event) => watch(keyOf?.(event), event) };
  });
}
