import { asyncScheduler, type OperatorFunction, type SchedulerLike, type Subscription } from 'rxjs';
import { checkCount, checkDuration } from './check.ts';
import { emitting } from './emitting.ts';
import { later } from './later.ts';

/** A time without events. */
export interface Absence<T> {
  readonly kind: 'absence';
  /** The key that no event came of; undefined without `keyOf`. */
  readonly key: unknown;
  /** The latest event before; undefined if there was none. */
  readonly last: T | undefined;
  /** How long none has come, in ms. */
  readonly for: number;
}

export interface AbsentOptions<T> {
  /** Watches each key by itself, from its first event on. Default: all events together, from the subscription on. */
  readonly keyOf?: ((event: T) => unknown) | undefined;
  /** How many keys are watched, 1 or more; then the one without an event for longest is given up. Default 10,000. */
  readonly limit?: number | undefined;
  /** Whose time is waited for. Default: asyncScheduler. */
  readonly scheduler?: SchedulerLike | undefined;
}

/**
 * Emits when no event has come for `within` ms: a backup that did not start, a container that went silent. Once for
 * each silence; the next event ends it. Time is that which passes, by the scheduler's timers. It ends with the source.
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
