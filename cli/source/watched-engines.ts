/** The containers to watch without a daemon: those of the engines of this machine. */
import {
  defer,
  filter,
  forkJoin,
  map,
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
    const listed = forkJoin(targets.map((target) => firstList(target, containers)));
    const followed = new FollowedEngines();
    for (const { engine, endpoint } of targets) {
      const control = engine.control?.(endpoint, followed);
      const onStatus = ({ source, state }: EngineStatus): void => {
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
        return throwError(() => new Failure(EXIT.unavailable, 'no engine lists its containers'));
      }),
    );
  });
}

function firstList(
  { engine, endpoint }: EngineTarget,
  containers: ReturnType<typeof createContainers>,
): Observable<boolean> {
  return containers.listed.pipe(
    filter(({ source }) => source.engine === engine.name && source.endpoint === endpoint),
    take(1),
    map(() => true),
    timeout({ first: LIST_WITHIN, with: () => of(false) }),
  );
}
