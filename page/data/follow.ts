/** Follows the daemon, and resumes by cursor after a lost connection. */
import { concat, defer, type Observable, of, type SchedulerLike, tap, timer } from 'rxjs';
import { asyncScheduler, catchError, mergeMap, throwError } from 'rxjs';
import type { PageFrame } from './frames.ts';

/** State of the connection. */
export type Link =
  | { readonly kind: 'link'; readonly state: 'connecting' | 'open' }
  /** Lost: the next attempt begins after `wait` ms. */
  | { readonly kind: 'link'; readonly state: 'lost'; readonly why: string; readonly wait: number };

/** Frames that arrived together. */
export interface Batch {
  readonly kind: 'frames';
  readonly frames: readonly PageFrame[];
}

/** A refused request: trying again does not help. */
export class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export interface FollowOptions {
  /**
   * Opens the stream: without a cursor from the beginning, else after the cursor. Emits the frames
   * of each chunk; errors if the connection is lost or refused.
   */
  readonly connect: (cursor: string | undefined) => Observable<readonly PageFrame[]>;
  readonly scheduler?: SchedulerLike;
}

/** Delays before the next attempts, in ms. */
const FIRST = 500;
const LONGEST = 15_000;

/**
 * The stream, with the state of its connection. Ends after the `end` frame, except for a shutdown
 * of the daemon: it continues after its restart.
 *
 * Errors with a {@link Refusal} if the daemon refuses the request.
 */
export function follow({ connect, scheduler = asyncScheduler }: FollowOptions): Observable<Link | Batch> {
  return defer(() => {
    let cursor: string | undefined;
    let tries = 0;
    const once = (): Observable<Link | Batch> =>
      concat(
        of<Link>({ kind: 'link', state: 'connecting' }),
        defer(() => connect(cursor)).pipe(
          tap((frames) => {
            tries = 0;
            for (const frame of frames) cursor = positionAfter(frame) ?? cursor;
          }),
          mergeMap((frames) => messagesOf(frames)),
        ),
      ).pipe(
        catchError((error: unknown) => {
          if (error instanceof Refusal) return throwError(() => error);
          const wait = Math.min(LONGEST, FIRST * 2 ** tries++);
          const why = error instanceof Error ? error.message : String(error);
          return concat(
            of<Link>({ kind: 'link', state: 'lost', why, wait }),
            timer(wait, scheduler).pipe(mergeMap(once)),
          );
        }),
      );
    return once();
  });
}

/** The messages of a chunk; a shutdown counts as a lost connection. */
function* messagesOf(frames: readonly PageFrame[]): Generator<Link | Batch> {
  if (frames.some(({ kind }) => kind === 'ready')) yield { kind: 'link', state: 'open' };
  yield { kind: 'frames', frames };
  const end = frames.find((frame) => frame.kind === 'end');
  if (end?.reason === 'shutdown') throw new Error('the daemon shut down');
  if (end?.reason === 'error') throw new Error(end.message ?? 'the daemon failed');
}

/** The cursor to resume from after a frame. */
function positionAfter(frame: PageFrame): string | undefined {
  if (frame.kind === 'ready') return undefined;
  return frame.kind === 'gap' ? frame.to : frame.cursor;
}
