/** The stream that a query asks for: a daemon's, or where there is none, what can be had without. */
import { catchError, from, mergeMap, type Observable, throwError } from 'rxjs';
import { DaemonError, followDaemon, type Frame, type Query } from '../../src/index.ts';
import { EXIT, Failure } from '../exit.ts';
import { type Io, say } from '../io.ts';
import { resuming } from './resume.ts';
import type { Settings } from '../settings/place.ts';

/**
 * From the daemon; where there is none and nobody named one, from its journal or the engines.
 *
 * @param retry whether a daemon that is lost is waited for
 */
export function eventStream(
  query: Query,
  settings: Settings,
  paused: Observable<boolean>,
  io: Io,
  retry = false,
): Observable<Frame> {
  const { endpoint, token, explicitHost, dataDir } = settings;
  const connect = (asked: Query): Observable<Frame> =>
    followDaemon({ endpoint, token, query: asked, paused });
  const frames = retry ? resuming({ query, connect, notice: (text) => say(io, text) }) : connect(query);
  return frames.pipe(
    catchError((error: unknown) => {
      const absent = error instanceof DaemonError && error.code === 'absent';
      if (!absent || explicitHost) return throwError(() => error);
      // Engines, journal and collector are most of the program, and nothing that a daemon's client needs.
      return from(import('./without-daemon.ts')).pipe(
        mergeMap(({ framesWithoutDaemon }) =>
          framesWithoutDaemon({ why: error.message, query, dataDir, paused, io }),
        ),
      );
    }),
  );
}

/** What to tell the user, and from which cursor to go on where there is one. */
export function failureOf(error: unknown, cursor?: string): unknown {
  if (!(error instanceof DaemonError)) return error;
  const resume = error.code === 'lost' && cursor !== undefined ? `; resume with --cursor ${cursor}` : '';
  const exitCode = error.code === 'refused' ? EXIT.usage : EXIT.unavailable;
  return new Failure(exitCode, `${error.message}${resume}`, { cause: error });
}
