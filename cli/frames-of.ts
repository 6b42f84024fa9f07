/** The stream that a query asks for: a daemon's, or where there is none, what can be had without. */
import { catchError, type Observable, throwError } from 'rxjs';
import { DaemonError, detectEngines, engines, type Frame, followDaemon, type Query } from '../src/index.ts';
import { attach } from './attach.ts';
import { EXIT, Failure } from './exit.ts';
import { type Io, say } from './io.ts';
import { framesOfJournal, openRecorded } from './recorded.ts';
import type { Settings } from './settings.ts';

/** From the daemon; where there is none and nobody named one, from its journal or the engines. */
export function framesOf(
  query: Query,
  settings: Settings,
  paused: Observable<boolean>,
  io: Io,
): Observable<Frame> {
  const { endpoint, explicitHost, dataDir } = settings;
  const notice = (text: string): void => say(io, text);
  return followDaemon({ endpoint, query, paused }).pipe(
    catchError((error: unknown) => {
      const absent = error instanceof DaemonError && error.code === 'absent';
      if (!absent || explicitHost) return throwError(() => error);
      // What is past needs no daemon.
      const past = query.follow === false || (query.until !== undefined && query.until < io.now());
      const journal = past ? openRecorded(dataDir, notice) : undefined;
      if (journal !== undefined) {
        notice(`${error.message}: reading what was recorded in ${dataDir}`);
        return framesOfJournal(journal, { query, paused });
      }
      if (query.cursor !== undefined) {
        const why = `${error.message}, and only the daemon that gave a cursor knows what comes after it`;
        const past = `--no-follow reads what was recorded in ${dataDir}`;
        return throwError(() => new Failure(EXIT.unavailable, `${why}; ${past}`));
      }
      return attachHere(error.message, query, paused, io);
    }),
  );
}

function attachHere(why: string, query: Query, paused: Observable<boolean>, io: Io): Observable<Frame> {
  const targets = detectEngines(io.env);
  if (targets.length === 0) {
    const known = engines.map(({ name }) => name).join(', ');
    const message = `${why}, and no engine was found on this machine (known: ${known}): start one, or 'tidings serve'`;
    return throwError(() => new Failure(EXIT.unavailable, message));
  }
  const where = targets.map(({ endpoint }) => endpoint).join(', ');
  say(io, `${why}: following ${where} directly; what came before is what engines themselves still hold`);
  return attach({ targets, query, paused, notice: (text) => say(io, text) });
}

/** What to tell the user, and how to go on from here. */
export function failureOf(error: unknown, cursor: string | undefined): unknown {
  if (!(error instanceof DaemonError)) return error;
  const resume = error.code === 'lost' && cursor !== undefined ? `; resume with --cursor ${cursor}` : '';
  const exitCode = error.code === 'refused' ? EXIT.usage : EXIT.unavailable;
  return new Failure(exitCode, `${error.message}${resume}`, { cause: error });
}
