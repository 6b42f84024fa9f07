/** The stream of a query: from a daemon, or without one from the journal or the engines. */
import { catchError, from, mergeMap, type Observable, throwError } from 'rxjs';
import { DaemonError, followDaemon, type Frame, type Query } from '../../src/index.ts';
import { EXIT, Failure } from '../exit.ts';
import { type Io, say } from '../io.ts';
import { resuming } from './resume.ts';
import type { Settings } from '../settings/place.ts';

/**
 * Reads from the daemon; if there is no daemon and no host is set, from the journal or the engines.
 *
 * @param retry true if a lost daemon is awaited
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
      // Engines, journal and collector are most of the program; a client of a daemon needs none of
      // them.
      return from(import('./without-daemon.ts')).pipe(
        mergeMap(({ framesWithoutDaemon }) =>
          framesWithoutDaemon({ why: error.message, query, dataDir, paused, io }),
        ),
      );
    }),
  );
}

/** The message for the user, with the cursor to resume from if there is one. */
export function failureOf(error: unknown, cursor?: string): unknown {
  if (!(error instanceof DaemonError)) return error;
  const resume = error.code === 'lost' && cursor !== undefined ? `; resume with --cursor ${cursor}` : '';
  const exitCode = error.code === 'refused' ? EXIT.usage : EXIT.unavailable;
  return new Failure(exitCode, `${error.message}${resume}`, { cause: error });
}
