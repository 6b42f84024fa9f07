/** Trying again. */
import {
  catchError,
  defer,
  mergeMap,
  type Observable,
  of,
  type SchedulerLike,
  take,
  throwIfEmpty,
  timer,
} from 'rxjs';
import { backoff } from '../../backoff.ts';
import type { Outcome } from './outcome.ts';

/** In ms. */
const WAITS = { first: 1000, longest: 60_000 };

export interface PersistOptions {
  /** How often a failed attempt is repeated at most: 0 or more. */
  readonly retries: number;
  readonly scheduler: SchedulerLike;
  /** From 0 to 1: spreads many that met the same failure. Default `Math.random`. */
  readonly random?: (() => number) | undefined;
  /** Told of each attempt that is to be repeated, and after which wait in ms. */
  readonly onRetry?: ((outcome: Outcome, wait: number) => void) | undefined;
}

/** What the last attempt came to. */
export interface Persisted extends Outcome {
  /** How many there were: 1 or more. */
  readonly attempts: number;
}

/**
 * Subscribes to an attempt until its outcome is good, cannot become better, or enough were made; emits the last outcome. What an
 * attempt throws or errors with is a failure that may pass. Waits are 1 s, doubling to 60 s, of which up to a half is left to chance.
 */
export function persist(attempt: Observable<Outcome>, options: PersistOptions): Observable<Persisted> {
  const { retries, scheduler, random = Math.random, onRetry } = options;
  const once = (attempts: number): Observable<Persisted> =>
    attempt.pipe(
      take(1),
      throwIfEmpty(() => new Error('it ended without a word')),
      catchError((error: unknown) =>
        of<Outcome>({ result: 'failed', detail: messageOf(error), retry: true }),
      ),
      mergeMap((outcome) => {
        if (outcome.result === 'done' || !outcome.retry || attempts > retries)
          return of({ ...outcome, attempts });
        const wait = backoff(attempts - 1, { ...WAITS, random });
        onRetry?.(outcome, wait);
        return timer(wait, scheduler).pipe(mergeMap(() => once(attempts + 1)));
      }),
    );
  return defer(() => once(1));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
