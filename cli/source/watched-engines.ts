/** The containers to watch without a daemon: those of the engines of this machine. */
import {
  BehaviorSubject,
  defer,
  filter,
  forkJoin,
  map,
  merge,
  mergeMap,
  type Observable,
  of,
  Subscription,
  take,
  throwError,
  timeout,
} from 'rxjs';
import {
  createCollector,
  createContainers,
  detectEngines,
  type EngineStatus,
  type EngineTarget,
  followEngine,
  type Watched,
} from '../../src/index.ts';
import { FollowedEngines, Identities } from '../../src/internal.ts';
import { EXIT, Failure } from '../exit.ts';
import { type Io, say } from '../io.ts';
import { statusText } from './attach.ts';

/** Time limit for the engines' lists of containers: in ms. */
const LIST_WITHIN = 10_000;

/** Emits once all current containers are known. @param why message about the daemon */
export function watchedEngines(why: string, io: Io): Observable<Watched> {
  const targets = detectEngines(io.env).filter(({ engine }) => engine.control !== undefined);
  if (targets.length === 0) {
    const message = `${why}, and no engine was found on this machine whose containers can be listed: start one, or 'tidings serve'`;
    return throwError(() => new Failure(EXIT.unavailable, message));
  }
  say(io, `${why}: asking ${targets.map(({ endpoint }) => endpoint).join(', ')} directly`);
  return defer(() => {
    const collector = createCollector();
    const containers = createContainers({ collector });
    const following = new Subscription();
    const states = new BehaviorSubject<ReadonlyMap<EngineTarget, EngineStatus>>(new Map());
    const listed = forkJoin(targets.map((target) => firstList(target, containers, states)));
    const followed = new FollowedEngines();
    for (const target of targets) {
      const { engine, endpoint } = target;
      const control = engine.control?.(endpoint, followed);
      const onStatus = (status: EngineStatus): void => {
        const { source, state } = status;
        states.next(new Map([...states.value, [target, status]]));
        if (state === 'connected' && control !== undefined) containers.list(source, control);
      };
      // Every endpoint answers for itself, also where two are one engine.
      const identities = new Identities(followed);
      following.add(
        collector.attach(followEngine(engine, { endpoint, history: false, onStatus, identities })),
      );
    }
    return listed.pipe(
      mergeMap((answered) => {
        if (answered.includes(true)) return of(containers);
        following.unsubscribe();
        return throwError(() => noneLists([...states.value.values()]));
      }),
    );
  });
}

/** Emits true after the first list of an engine; false if it cannot be reached, or lists nothing in time. */
function firstList(
  target: EngineTarget,
  containers: ReturnType<typeof createContainers>,
  states: Observable<ReadonlyMap<EngineTarget, EngineStatus>>,
): Observable<boolean> {
  const { engine, endpoint } = target;
  const list = containers.listed.pipe(
    filter(({ source }) => source.engine === engine.name && source.endpoint === endpoint),
    map(() => true),
  );
  const failure = states.pipe(
    filter((all) => UNREACHABLE.has(all.get(target)?.state ?? '')),
    map(() => false),
  );
  return merge(list, failure).pipe(take(1), timeout({ first: LIST_WITHIN, with: () => of(false) }));
}

const UNREACHABLE: ReadonlySet<string> = new Set(['retrying', 'absent']);

function noneLists(states: readonly EngineStatus[]): Failure {
  const each = states.map(statusText).join('; ');
  return new Failure(EXIT.unavailable, `no engine lists its containers: ${each}`);
}
