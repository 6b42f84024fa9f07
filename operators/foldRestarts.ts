import { asyncScheduler, type OperatorFunction, type SchedulerLike, type Subscription } from 'rxjs';
import { checkCount, checkDuration } from './check.ts';
import { containerKey } from './container-key.ts';
import { emitting } from './emitting.ts';
import { later } from './later.ts';
import type { Described, Named, Sourced, Timed } from './shapes.ts';
import { isEnd, isRemoval } from './words.ts';

/** A container that dies over and over: one item, told again whenever it has grown. */
export interface RestartLoop<T> extends Named {
  readonly kind: 'restart-loop';
  readonly id: string;
  readonly name: string | undefined;
  /** How often it has died since it began, those deaths included that made it a loop. */
  readonly deaths: number;
  /** How many events this stands for: those which were not passed on. */
  readonly folded: number;
  /** The first and the latest death. */
  readonly first: T;
  readonly latest: T;
  /** Whether this is the last word: no death for `within` ms, removed, or the end of the source. */
  readonly over: boolean;
}

export interface RestartOptions {
  /** How many deaths make a loop, 2 or more. Default 3. */
  readonly deaths?: number | undefined;
  /** Within which time, in ms, 0 or more: between the times that events state; and so long without is its end. Default 120,000. */
  readonly within?: number | undefined;
  /** How many containers that have died are watched, 1 or more; then the one which died longest ago is given up. Default 10,000. */
  readonly limit?: number | undefined;
  /** Whose time is waited for. Default: asyncScheduler. */
  readonly scheduler?: SchedulerLike | undefined;
}

/**
 * Passes events on, but folds those of a container in a crash loop into one item that counts: emitted when the
 * loop begins, again at each death, and once more when it is over. Folded is what a restart consists of (`start`,
 * `die`, `oom`, its networks …); everything else, such as `kill`, `rename` or a health check, passes as ever.
 *
 * What makes a loop is the time that events state, so that a recorded loop is one too. What ends it is the next
 * event of that container, when it states a time so much later, or the scheduler's clock.
 *
 * Memory: for each container that has died, up to `limit`, its latest deaths, up to `deaths`; a timer for each
 * loop. One that is given up is over.
 *
 * @param scheduler deprecated: give it in the options
 * @throws RangeError at the call if an option is invalid
 * @example
 * events.pipe(foldRestarts({ deaths: 3, within: 60_000 }))
 */
export function foldRestarts<T extends Timed & Named & Described & Sourced>(
  options: RestartOptions = {},
  scheduler: SchedulerLike = options.scheduler ?? asyncScheduler,
): OperatorFunction<T, T | RestartLoop<T>> {
  const { deaths = 3, within = 120_000, limit = 10_000 } = options;
  checkCount('deaths', deaths, 2);
  checkDuration('within', within);
  checkCount('limit', limit, 1);

  return emitting((out) => {
    /** By who died longest ago. */
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
        if (removed || (loop && msBetween(loop.latest, event) > within)) forget(key);
        if (event.type === 'container' && isEnd(event.action)) return died(key, event);
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

/** Whether it is one of the items that `foldRestarts` puts for many events. */
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

/** Whose event it is: also of a network that a container joins or leaves, which Docker tells of at each start and end. */
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
