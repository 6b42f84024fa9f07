/** The containers to look at: a daemon's, or where there is none, those of the engines of this machine. */
import {
  catchError,
  defer,
  EMPTY,
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
import { createStateTable } from '../operators/state-table.ts';
import {
  askContainers,
  createCollector,
  createContainers,
  DaemonError,
  detectEngines,
  type EngineTarget,
  followDaemon,
  type Frame,
  type Watched,
} from '../src/index.ts';
import { EXIT, Failure } from './exit.ts';
import { type Io, say } from './io.ts';
import { gapText } from './render/renderer.ts';
import type { Settings } from './settings.ts';

/** How long the engines have to list their containers: in ms. */
const LIST_WITHIN = 10_000;

/** Emits once, when all that is there now is known. Whoever stops listening gives up what follows. */
export function watched(settings: Settings, io: Io): Observable<Watched> {
  const { endpoint, explicitHost } = settings;
  return ofDaemon(endpoint, io).pipe(
    catchError((error: unknown) => {
      if (!(error instanceof DaemonError)) return throwError(() => error);
      if (error.code === 'absent' && !explicitHost) return ofEngines(error.message, io);
      return throwError(() => failureOf(error));
    }),
  );
}

/** A daemon's error as the end of the command. */
export function failureOf(error: unknown): unknown {
  if (!(error instanceof DaemonError)) return error;
  const exitCode = error.code === 'refused' ? EXIT.usage : EXIT.unavailable;
  return new Failure(exitCode, error.message, { cause: error });
}

function ofDaemon(endpoint: string, io: Io): Observable<Watched> {
  return askContainers({ endpoint }).pipe(
    mergeMap(({ cursor = '', containers }) => {
      const states = createStateTable({ seed: containers });
      const query = { cursor, filters: { type: ['container'] } };
      const changes = defer(() => followDaemon({ endpoint, query })).pipe(
        mergeMap((frame) => {
          if (frame.kind === 'event') return states.fold(frame.event);
          if (frame.kind === 'gap') say(io, gapText(frame));
          return frame.kind === 'end' ? throwError(() => ended(frame)) : EMPTY;
        }),
        catchError((error: unknown) => throwError(() => failureOf(error))),
      );
      return of({ states, changes });
    }),
  );
}

function ended({ reason }: Extract<Frame, { kind: 'end' }>): Failure {
  return new Failure(
    EXIT.unavailable,
    reason === 'shutdown' ? 'the daemon shut down' : 'the daemon ended the stream',
  );
}

function ofEngines(why: string, io: Io): Observable<Watched> {
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
    for (const { engine, endpoint } of targets) {
      const control = engine.control?.(endpoint);
      const onStatus: Parameters<typeof engine.follow>[0]['onStatus'] = ({ source, state }) => {
        if (state === 'connected' && control !== undefined) containers.list(source, control);
      };
      following.add(collector.attach(engine.follow({ endpoint, history: false, onStatus })));
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
