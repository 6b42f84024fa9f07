/** Without a daemon: the engines of this machine, followed from here. */
import {
  BehaviorSubject,
  debounceTime,
  defer,
  filter,
  map,
  merge,
  mergeMap,
  Observable,
  race,
  startWith,
  Subject,
  take,
  throwError,
  timer,
} from 'rxjs';
import {
  createCollector,
  type EngineStatus,
  type EngineTarget,
  type Frame,
  type Query,
} from '../src/index.ts';
import { EXIT, Failure } from './exit.ts';

export interface AttachOptions {
  readonly targets: readonly EngineTarget[];
  readonly query: Query;
  readonly paused: Observable<boolean>;
  /** Told what happens to engines. */
  readonly notice: (text: string) => void;
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
export function attach({ targets, query, paused, notice }: AttachOptions): Observable<Frame> {
  return defer(() => {
    const collector = createCollector({ limit: LIMIT });
    const history = query.since !== undefined || query.tail !== undefined || query.follow === false;
    const statuses = new BehaviorSubject<ReadonlyMap<EngineTarget, EngineStatus>>(new Map());
    const arrivals = new Subject<void>();
    const settled = statuses.pipe(
      filter(
        (map) => [...map.values()].filter(({ state }) => state !== 'connecting').length === targets.length,
      ),
      take(1),
    );
    const quiet = race(arrivals.pipe(startWith(undefined), debounceTime(QUIET)), timer(PATIENCE));
    const frames = settled.pipe(
      mergeMap((found) => {
        const states = [...found.values()];
        if (states.every(({ state }) => state !== 'connected')) return throwError(() => noneAnswers(states));
        return history
          ? quiet.pipe(
              take(1),
              map(() => undefined),
            )
          : [undefined];
      }),
      mergeMap(() => collector.frames(query, { paused })),
    );
    const follow = targets.map((target) => {
      const onStatus = (status: EngineStatus): void => {
        const before = statuses.value.get(target)?.state;
        if (before !== undefined && before !== 'connecting') notice(sentence(status));
        statuses.next(new Map(statuses.value).set(target, status));
      };
      return target.engine.follow({ endpoint: target.endpoint, history, onStatus });
    });
    return new Observable<Frame>((subscriber) => {
      // First, so that nothing which is live is missed.
      subscriber.add(frames.subscribe(subscriber));
      if (subscriber.closed) return;
      const events = merge(...follow).subscribe((event) => {
        collector.append([event]);
        arrivals.next();
      });
      subscriber.add(events);
    });
  });
}

function noneAnswers(states: readonly EngineStatus[]): Failure {
  const each = states.map(sentence).join('; ');
  return new Failure(EXIT.unavailable, `no engine can be followed either: ${each}`);
}

function sentence({ source, state, detail }: EngineStatus): string {
  return `${source.engine} (${source.endpoint ?? 'here'}): ${state}, ${detail}`;
}
