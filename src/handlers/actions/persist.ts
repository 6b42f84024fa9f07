/** Repeats failed attempts. */
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

/** Delays between attempts: in ms. */
const WAITS = { first: 1000, longest: 60_000 };

export interface PersistOptions {
  /** Most repetitions of a failed attempt: 0 or more. */
  readonly retries: number;
  readonly scheduler: SchedulerLike;
  /**
   * Random number from 0 to 1: spreads repetitions after a common failure. Default `Math.random`.
   */
  readonly random?: (() => number) | undefined;
  /** Called before each repetition, with the delay in ms. */
  readonly onRetry?: ((outcome: Outcome, wait: number) => void) | undefined;
}

/** Outcome of the last attempt. */
export interface Persisted extends Outcome {
  /** Count of attempts: 1 or more. */
  readonly attempts: number;
}

/**
 * Repeats an attempt until its outcome is final or the repetitions are used up; emits the last
 * outcome. If the attempt throws or errors, that is a failure worth a repetition. Delays are 1 s,
 * doubling to 60 s; up to half of each is random.
 */
export function persist(attempt: Observable<Outcome>, options: PersistOptions): Observable<Persisted> {
  const { retries, scheduler, random = Math.random, onRetry } = options;
  const once = (attempts: number): Observable<Persisted> =>
    attempt.pipe(
      take(1),
      throwIfEmpty(() => new Error('it ended without an outcome')),
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
