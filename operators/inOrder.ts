import { asyncScheduler, type MonoTypeOperatorFunction, type SchedulerLike, type Subscription } from 'rxjs';
import { checkCount, checkDuration } from './check.ts';
import { emitting } from './emitting.ts';
import { later } from './later.ts';
import type { Timed } from './shapes.ts';
import { Stopwatch } from './stopwatch.ts';

/** Options of `inOrder`. */
export interface OrderOptions<T> {
  /** Delay of each event, for earlier ones to arrive: in ms by the scheduler, 0 or more. */
  readonly slack: number;
  /**
   * Most waiting events, 1 or more; beyond it, the earliest is emitted before its time. Default
   * 10,000.
   */
  readonly limit?: number | undefined;
  /**
   * Called just before a late event is emitted, with the nanoseconds by which a later event
   * preceded it.
   */
  readonly onLate?: ((event: T, lateBy: bigint) => void) | undefined;
  /** The scheduler of the timers. Default: asyncScheduler. */
  readonly scheduler?: SchedulerLike | undefined;
}

/**
 * Puts events in order of the time that they state. Each waits `slack` ms after its arrival, and is
 * then emitted after all held events that are not later: events that arrive at most `slack` ms
 * behind a later one come in order. An event that arrives too late is emitted at once, and reported
 * to `onLate`; none is dropped. Events of the same time keep their order of arrival. When the
 * source completes or fails, the held events come first.
 *
 * The stated times are only compared with each other: the engine's clock may differ from this
 * machine's, and the events may be old. The slack is elapsed time: setting this machine's clock
 * changes nothing.
 *
 * Memory: the events of `slack` ms, up to `limit`; one timer while events are held, and one more by
 * another scheduler than the default.
 *
 * @throws RangeError at the call if the slack or the limit is invalid
 * @example
 * events.pipe(inOrder({ slack: 500, onLate: (event, lateBy) => console.warn(event.action, lateBy) }))
 */
export function inOrder<T extends Timed>(options: OrderOptions<T>): MonoTypeOperatorFunction<T>;
/** @deprecated Give the scheduler in the options. */
export function inOrder<T extends Timed>(
  options: OrderOptions<T>,
  scheduler: SchedulerLike,
): MonoTypeOperatorFunction<T>;
export function inOrder<T extends Timed>(
  options: OrderOptions<T>,
  scheduler: SchedulerLike = options.scheduler ?? asyncScheduler,
): MonoTypeOperatorFunction<T> {
  const { slack, limit = 10_000, onLate } = options;
  checkDuration('slack', slack);
  checkCount('limit', limit, 1);
  return emitting((out) => {
    /** The same events by time and by arrival. */
    const held: Held<T>[] = [];
    const arrived = new Set<Held<T>>();
    const watch = new Stopwatch(slack, scheduler);
    let emitted: bigint | undefined;
    let timer: Subscription | undefined;

    const release = (first: Held<T>): void => {
      held.shift();
      arrived.delete(first);
      emitted = first.event.timeNano;
      out.next(first.event);
    };
    const releaseTo = (last: bigint): void => {
      for (let first = held[0]; first && first.event.timeNano <= last; first = held[0]) release(first);
    };
    const isDue = ({ at }: Held<T>): boolean => at + slack <= watch.now;

    /** One timer, for the event that has waited longest. */
    const wait = (): void => {
      timer?.unsubscribe();
      const [oldest] = arrived;
      if (oldest === undefined) return watch.stop();
      timer = later(look, Math.max(0, oldest.at + slack - watch.now), scheduler);
      // Also cancels a timer that is started after an unsubscription.
      out.add(timer);
    };
    const look = (): void => {
      for (const oldest of arrived) {
        if (!isDue(oldest)) break;
        releaseTo(oldest.event.timeNano);
      }
      wait();
    };

    return {
      next: (event) => {
        if (emitted !== undefined && event.timeNano < emitted) {
          onLate?.(event, emitted - event.timeNano);
          return out.next(event);
        }
        const one = { event, at: watch.hold() };
        held.splice(placeOf(event.timeNano, held), 0, one);
        arrived.add(one);
        if (held.length > limit) release(held[0] as Held<T>);
        if (arrived.size === 1) wait();
      },
      error: () => held.slice().forEach(release),
      finalize: () => watch.stop(),
      complete: () => {
        held.slice().forEach(release);
        out.complete();
      },
    };
  });
}

interface Held<T> {
  readonly event: T;
  readonly at: number;
}

/**
 * The index after all events that are not later. Searches from the end, as events are nearly in
 * order.
 */
function placeOf<T extends Timed>(time: bigint, held: readonly Held<T>[]): number {
  let low = 0;
  let high = held.length;
  if (high === 0 || (held[high - 1] as Held<T>).event.timeNano <= time) return high;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((held[middle] as Held<T>).event.timeNano <= time) low = middle + 1;
    else high = middle;
  }
  return low;
}
