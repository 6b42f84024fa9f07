/**
 * The stream of a query without a daemon: from its journal, or from the engines of this machine.
 */
import { type Observable, throwError } from 'rxjs';
import { detectEngines, engines, type Frame, type Query } from '../../src/index.ts';
import { unusable } from '../../src/internal.ts';
import { attach } from './attach.ts';
import { EXIT, Failure } from '../exit.ts';
import { type Io, say } from '../io.ts';
import { framesOfJournal, openRecorded } from './recorded.ts';

export interface WithoutDaemonOptions {
  /** Message about the daemon. */
  readonly why: string;
  readonly query: Query;
  /** The directory of a daemon's journal. */
  readonly dataDir: string;
  readonly paused: Observable<boolean>;
  readonly io: Io;
}

export function framesWithoutDaemon(options: WithoutDaemonOptions): Observable<Frame> {
  const { why, query, dataDir, paused, io } = options;
  const notice = (text: string): void => say(io, text);
  // The past needs no daemon.
  const past = query.follow === false || (query.until !== undefined && query.until < io.now());
  const journal = past ? openRecorded(dataDir, notice) : undefined;
  if (journal !== undefined) {
    notice(`${why}: reading the journal in ${dataDir}`);
    return framesOfJournal(journal, { query, paused });
  }
  if (query.cursor !== undefined) {
    const unknown = `${why}, and only the daemon that gave a cursor can continue from it`;
    const recorded = `--no-follow reads what was recorded in ${dataDir}`;
    return throwError(() => new Failure(EXIT.unavailable, `${unknown}; ${recorded}`));
  }
  return attachHere(options);
}

function attachHere({ why, query, paused, io }: WithoutDaemonOptions): Observable<Frame> {
  const targets = detectEngines(io.env);
  for (const sentence of unusable(io.env)) say(io, sentence);
  if (targets.length === 0) {
    const known = engines.map(({ name }) => name).join(', ');
    const message = `${why}, and no engine was found on this machine (known: ${known}): start one, or 'tidings serve'`;
    return throwError(() => new Failure(EXIT.unavailable, message));
  }
  const where = targets.map(({ endpoint }) => endpoint).join(', ');
  say(io, `${why}: following ${where} directly; the history is limited to the events that engines hold`);
  return attach({ targets, query, paused, notice: (text) => say(io, text) });
}
