/** Without a daemon: the engines of this machine, followed from here. */
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
  /** Told what happens to engines. */
  readonly notice: (text: string) => void;
  /** The clock of waiting, and of `until`. Default: the wall clock. */
  readonly scheduler?: SchedulerLike;
  /** Follows one engine. Default `followEngine`. */
  readonly follow?: typeof followEngine;
}

/** Events held here for a reader that lags: in number. */
const LIMIT = 100_000;

/** What an engine still holds comes in one go but without a mark at its end: it has, once nothing came for this long. In ms. */
const QUIET = 250;

/** How long to wait for what engines hold at most: in ms. */
const PATIENCE = 5000;

/**
 * The engines' events as frames: what they still hold where the query asks for the past, then live. Errors with a
 * `Failure` when none of them answers; one that goes away later is reported and tried again.
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
        if (isSettled(statuses.value, targets)) notice(sentence(status));
        statuses.next(new Map(statuses.value).set(target, status));
      };
      return follow(target.engine, { endpoint: target.endpoint, history, onStatus, identities });
    });
    const frames = statuses.pipe(
      first((found) => isSettled(found, targets)),
      tap((found) => {
        const others = [...found.values()].filter(({ state }) => state !== 'connected');
        if (others.length === targets.length) throw noneAnswers(others);
        for (const other of others) notice(sentence(other));
      }),
      delayWhen(() => (history ? quiet(arrivals, scheduler) : of(undefined))),
      // Without history, all that there is by now is what has happened since we began.
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

/** Whether every engine has been heard of, for better or worse. */
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
  const each = states.map(sentence).join('; ');
  return new Failure(EXIT.unavailable, `no engine can be followed either: ${each}`);
}

function sentence({ source, state, detail }: EngineStatus): string {
  return `${source.engine} (${source.endpoint ?? 'here'}): ${state}, ${detail}`;
}
