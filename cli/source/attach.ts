/** Follows the engines of this machine directly, without a daemon. */
import {
  asyncScheduler,
  BehaviorSubject,
  debounceTime,
  defer,
  delayWhen,
  first,
  merge,
  mergeMap,
  Observable,
  of,
  race,
  type SchedulerLike,
  startWith,
  Subject,
  tap,
  timer,
} from 'rxjs';
import {
  createCollector,
  followEngine,
  type EngineStatus,
  type EngineTarget,
  type Frame,
  type Query,
} from '../../src/index.ts';
import { Identities } from '../../src/internal.ts';
import { EXIT, Failure } from '../exit.ts';

export interface AttachOptions {
  readonly targets: readonly EngineTarget[];
  readonly query: Query;
  readonly paused: Observable<boolean>;
  /** Reports changes of the engines' states. */
  readonly notice: (text: string) => void;
  /** The clock of timers, and of `until`. Default: the wall clock. */
  readonly scheduler?: SchedulerLike;
  /** Follows one engine. Default `followEngine`. */
  readonly follow?: typeof followEngine;
}

/** Most events held here for a reader that lags. */
const LIMIT = 100_000;

/**
 * Silence after which the events that an engine still holds are complete; they come at once,
 * without an end mark. In ms.
 */
const QUIET = 250;

/** Time limit for the events that engines hold: in ms. */
const PATIENCE = 5000;

/**
 * The engines' events as frames: held ones if the query asks for the past, then live ones. Errors
 * with a `Failure` if no engine answers; one that is lost later is reported and retried.
 */
export function attach(options: AttachOptions): Observable<Frame> {
  const { targets, query, paused, notice, scheduler = asyncScheduler, follow = followEngine } = options;
  const history = query.since !== undefined || query.tail !== undefined || query.follow === false;
  return defer(() => {
    const collector = createCollector({ limit: LIMIT, scheduler });
    const begin = collector.newest;
    const statuses = new BehaviorSubject<ReadonlyMap<EngineTarget, EngineStatus>>(new Map());
    const arrivals = new Subject<void>();

    const identities = new Identities();
    const events = targets.map((target) => {
      const onStatus = (status: EngineStatus): void => {
        if (isSettled(statuses.value, targets)) notice(statusText(status));
        statuses.next(new Map(statuses.value).set(target, status));
      };
      return follow(target.engine, { endpoint: target.endpoint, history, onStatus, identities });
    });
    const frames = statuses.pipe(
      first((found) => isSettled(found, targets)),
      tap((found) => {
        const others = [...found.values()].filter(({ state }) => state !== 'connected');
        if (others.length === targets.length) throw noneAnswers(others);
        for (const other of others) notice(statusText(other));
      }),
      delayWhen(() => (history ? quiet(arrivals, scheduler) : of(undefined))),
      // Without history, all events so far happened after the start.
      mergeMap(() => collector.frames(history ? query : { ...query, cursor: begin }, { paused })),
    );
    return new Observable<Frame>((subscriber) => {
      subscriber.add(frames.subscribe(subscriber));
      if (subscriber.closed) return;
      subscriber.add(
        merge(...events).subscribe((event) => {
          collector.append([event]);
          arrivals.next();
        }),
      );
    });
  });
}

/** Tests whether every engine has answered or failed. */
function isSettled(
  found: ReadonlyMap<EngineTarget, EngineStatus>,
  targets: readonly EngineTarget[],
): boolean {
  return targets.every((target) => (found.get(target)?.state ?? 'connecting') !== 'connecting');
}

function quiet(arrivals: Observable<void>, scheduler: SchedulerLike): Observable<unknown> {
  const pause = arrivals.pipe(startWith(undefined), debounceTime(QUIET, scheduler));
  return race(pause, timer(PATIENCE, scheduler));
}

function noneAnswers(states: readonly EngineStatus[]): Failure {
  const each = states.map(statusText).join('; ');
  return new Failure(EXIT.unavailable, `no engine can be followed either: ${each}`);
}

/** The state of an engine, and its reason. */
export function statusText({ source, state, detail }: EngineStatus): string {
  return `${source.engine} (${source.endpoint ?? 'here'}): ${state}, ${detail}`;
}
