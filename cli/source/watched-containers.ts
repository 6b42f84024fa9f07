/** The containers to watch: a daemon's, or without one those of the engines of this machine. */
import { catchError, defer, EMPTY, from, mergeMap, type Observable, of, throwError } from 'rxjs';
import { createStateTable } from '../../operators/state-table.ts';
import { askContainers, DaemonError, followDaemon, type Frame, type Watched } from '../../src/index.ts';
import { EXIT, Failure } from '../exit.ts';
import { failureOf } from './event-stream.ts';
import { type Io, say } from '../io.ts';
import { gapText } from '../render/renderer.ts';
import type { Settings } from '../settings/place.ts';

/** Emits once all current containers are known. Unsubscribing stops later changes. */
export function watchedContainers(settings: Settings, io: Io): Observable<Watched> {
  const { explicitHost } = settings;
  return ofDaemon(settings, io).pipe(
    catchError((error: unknown) => {
      if (!(error instanceof DaemonError)) return throwError(() => error);
      if (error.code !== 'absent' || explicitHost) return throwError(() => failureOf(error));
      return from(import('./watched-engines.ts')).pipe(
        mergeMap(({ watchedEngines }) => watchedEngines(error.message, io)),
      );
    }),
  );
}

function ofDaemon({ endpoint, token }: Settings, io: Io): Observable<Watched> {
  return askContainers({ endpoint, token }).pipe(
    mergeMap(({ cursor = '', containers }) => {
      const states = createStateTable({ seed: containers });
      const query = { cursor, filters: { type: ['container'] } };
      const changes = defer(() => followDaemon({ endpoint, token, query })).pipe(
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
