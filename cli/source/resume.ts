/** A daemon's stream that survives restarts of the daemon. */
import {
  asyncScheduler,
  defer,
  map,
  mergeMap,
  type Observable,
  type SchedulerLike,
  tap,
  throwError,
  timer,
  catchError,
} from 'rxjs';
import { DaemonError, type Frame, type Query } from '../../src/index.ts';
import { backoff } from '../../src/internal.ts';

export interface ResumeOptions {
  readonly query: Query;
  /** Connects, and sends the query. */
  readonly connect: (query: Query) => Observable<Frame>;
  readonly notice: (text: string) => void;
  readonly scheduler?: SchedulerLike;
}

/** Delays before the next attempts: in ms. */
const WAITS = { first: 250, longest: 5000 };

/**
 * Follows a daemon, waits for it if it is lost or shuts down, and continues after the last frame.
 * The first connection must succeed: an absent daemon, or a refusal, is an error.
 */
export function resuming(options: ResumeOptions): Observable<Frame> {
  const { query, connect, notice, scheduler = asyncScheduler } = options;
  let cursor = query.cursor;
  let tries = 0;
  let lost = false;
  let connected = false;
  const next = (): Query =>
    cursor === undefined ? query : { ...query, since: undefined, tail: undefined, cursor };
  const follow = (): Observable<Frame> =>
    defer(() => connect(next())).pipe(
      tap((frame) => {
        if (lost) notice('the daemon is back: continuing after the last event');
        lost = false;
        tries = 0;
        connected = true;
        if (frame.kind !== 'ready') cursor = frame.kind === 'gap' ? frame.to : frame.cursor;
        else if (query.since === undefined && query.tail === undefined) cursor ??= frame.newest;
      }),
      map((frame) => {
        if (frame.kind === 'end' && frame.reason === 'shutdown') throw new Ended();
        return frame;
      }),
      catchError((error: unknown) => {
        const again = error instanceof Ended || (error instanceof DaemonError && AGAIN.has(error.code));
        if (!again || !connected) return throwError(() => error);
        if (!lost)
          notice(
            `${error instanceof Ended ? 'the daemon shut down' : error.message}: waiting for it; Ctrl-C ends this`,
          );
        lost = true;
        return timer(backoff(tries++, WAITS), scheduler).pipe(mergeMap(follow));
      }),
    );
  return defer(follow);
}

const AGAIN: ReadonlySet<string> = new Set(['lost', 'absent', 'silent']);

/** The daemon ended the stream; it can be asked again after its restart. */
class Ended extends Error {}
