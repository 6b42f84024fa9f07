import { asyncScheduler, type OperatorFunction, type SchedulerLike, type Subscription } from 'rxjs';
import { checkCount, checkDuration } from './check.ts';
import { containerKey } from './container-key.ts';
import { emitting } from './emitting.ts';
import { later } from './later.ts';
import type { Described, Named, Sourced, Timed } from './shapes.ts';
import { isEnd, isRemoval } from './words.ts';

/** A container in a crash loop: one item, emitted again at each death. */
export interface RestartLoop<T> extends Named {
  readonly kind: 'restart-loop';
  readonly id: string;
  readonly name: string | undefined;
  /** Count of deaths since its beginning, including those that made it a loop. */
  readonly deaths: number;
  /** Count of folded events: those that were not passed on. */
  readonly folded: number;
  /** The first and the latest death. */
  readonly first: T;
  readonly latest: T;
  /**
   * True in the last item: no death for `within` ms, a stop, a removal, or the end of the source.
   */
  readonly over: boolean;
}

/** Options of `foldRestarts`. */
export interface RestartOptions {
  /** Count of deaths that make a loop, 2 or more. Default 3. */
  readonly deaths?: number | undefined;
  /**
   * Time span of these deaths, in ms, 0 or more: between the times that events state. A loop ends
   * after this time without a death. Default 120,000.
   */
  readonly within?: number | undefined;
  /**
   * Most watched containers that have died, 1 or more; beyond it, the one with the oldest death is
   * dropped. Default 10,000.
   */
  readonly limit?: number | undefined;
  /** The scheduler of the timers. Default: asyncScheduler. */
  readonly scheduler?: SchedulerLike | undefined;
}

/**
 * Passes events on, but folds those of a container in a crash loop into one item with counts:
 * emitted at the start of the loop, again at each death, and once more at its end. Folded events
 * are the parts of a restart (`start`, `die`, `oom`, its networks …); all others, such as `kill`,
 * `rename` or a health check, pass unchanged.
 *
 * The times that events state decide about a loop, so a recorded loop counts too. A loop ends with
 * the next event of that container that states a later time than the limit, or by the scheduler's
 * clock.
 *
 * Memory: for each container that has died, up to `limit`, its latest deaths, up to `deaths`; a
 * timer for each loop. The loop of a dropped container ends.
 *
 * @throws RangeError at the call if an option is invalid
 * @example
 * events.pipe(foldRestarts({ deaths: 3, within: 60_000 }))
 */
export function foldRestarts<T extends Timed & Named & Described & Sourced>(
  options?: RestartOptions,
): OperatorFunction<T, T | RestartLoop<T>>;
/** @deprecated Give the scheduler in the options. */
export function foldRestarts<T extends Timed & Named & Described & Sourced>(
  options: RestartOptions,
  scheduler: SchedulerLike,
): OperatorFunction<T, T | RestartLoop<T>>;
export function foldRestarts<T extends Timed & Named & Described & Sourced>(
  options: RestartOptions = {},
  scheduler: SchedulerLike = options.scheduler ?? asyncScheduler,
): OperatorFunction<T, T | RestartLoop<T>> {
  const { deaths = 3, within = 120_000, limit = 10_000 } = options;
  checkCount('deaths', deaths, 2);
  checkDuration('within', within);
  checkCount('limit', limit, 1);

  return emitting((out) => {
    /** In order of the latest death. */
    const watched = new Map<string, Watched<T>>();

    const tell = ({ deaths, folded, first, latest }: Loop<T>, over: boolean): void => {
      const { id, name } = latest;
      out.next({ kind: 'restart-loop', id, name, deaths, folded, first, latest, over });
    };
    const forget = (key: string): void => {
      const loop = watched.get(key)?.loop;
      watched.delete(key);
      if (loop === undefined) return;
      loop.timer.unsubscribe();
      tell(loop, true);
    };
    const forgetAll = (): void => {
      for (const key of watched.keys()) forget(key);
    };
    const watch = (key: string, one: Watched<T>): void => {
      watched.delete(key);
      watched.set(key, one);
      const [longestAgo] = watched.keys();
      if (watched.size > limit && longestAgo !== undefined) forget(longestAgo);
    };

    const died = (key: string, event: T): void => {
      const { recent = [], loop } = watched.get(key) ?? {};
      const deathsNow = [...recent.filter((one) => msBetween(one, event) <= within), event];
      if (loop === undefined && deathsNow.length < deaths) {
        watch(key, { recent: deathsNow });
        return out.next(event);
      }
      loop?.timer.unsubscribe();
      const timer = later(() => forget(key), within, scheduler);
      out.add(timer);
      const grown: Loop<T> = {
        deaths: loop === undefined ? deathsNow.length : loop.deaths + 1,
        folded: (loop?.folded ?? 0) + 1,
        first: loop?.first ?? deathsNow[0] ?? event,
        latest: event,
        timer,
      };
      watch(key, { recent: [], loop: grown });
      tell(grown, false);
    };

    return {
      next: (event) => {
        const key = containerOf(event);
        if (key === undefined) return out.next(event);
        const loop = watched.get(key)?.loop;
        const removed = event.type === 'container' && isRemoval(event.action);
        // A stop ends it: the engine no longer restarts the container.
        const stopped = event.type === 'container' && event.action === 'stop';
        if (removed || stopped || (loop && msBetween(loop.latest, event) > within)) forget(key);
        if (event.type === 'container' && isEnd(event)) return died(key, event);
        const current = watched.get(key)?.loop;
        if (current === undefined || !isOfRestart(event)) return out.next(event);
        current.folded += 1;
      },
      error: forgetAll,
      complete: () => {
        forgetAll();
        out.complete();
      },
    };
  });
}

/** Tests for an item of `foldRestarts` that stands for many events. */
export function isRestartLoop<T extends object>(item: T | RestartLoop<T>): item is RestartLoop<T> {
  return (item as Partial<RestartLoop<T>>).kind === 'restart-loop';
}

interface Watched<T> {
  /** The deaths that may become a loop. */
  readonly recent: readonly T[];
  readonly loop?: Loop<T>;
}

interface Loop<T> {
  readonly deaths: number;
  folded: number;
  readonly first: T;
  readonly latest: T;
  readonly timer: Subscription;
}

function msBetween(first: Timed, second: Timed): number {
  return Number(second.timeNano - first.timeNano) / 1e6;
}

/**
 * The container of an event: also for a network that a container joins or leaves, which Docker
 * reports at each start and end.
 */
function containerOf(event: Named & Described & Sourced): string | undefined {
  if (event.type === 'container') return containerKey(event);
  const id = event.type === 'network' ? event.attributes['container'] : undefined;
  return id === undefined ? undefined : containerKey({ ...event, id });
}

function isOfRestart({ type, action }: Described): boolean {
  return (type === 'container' ? OF_CONTAINER : OF_NETWORK).has(action);
}

const OF_CONTAINER = new Set([
  ...['start', 'starting', 'running', 'attach', 'init', 'mount', 'unmount', 'cleanup', 'oom', 'restarting'],
]);
const OF_NETWORK = new Set(['connect', 'disconnect']);
