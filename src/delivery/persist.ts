/** Repeats failed attempts. */
import {
  catchError,
  defer,
  map,
  type Observable,
  of,
  retry,
  type SchedulerLike,
  take,
  throwIfEmpty,
  timer,
} from 'rxjs';
import { backoff } from '../backoff.ts';
import { type Outcome, reasonOf } from './outcome.ts';

/** Delays between attempts: in ms. */
const WAITS = { first: 1000, longest: 60_000 };

/** Longest `Retry-After` that counts: in ms. */
const LONGEST_ASKED = 3_600_000;

export interface PersistOptions {
  /** Most repetitions of a failed attempt: 0 or more; `Infinity` for no limit. */
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

/** A failure after which the attempt is repeated. */
class Again extends Error {
  readonly outcome: Outcome;

  constructor(outcome: Outcome) {
    super(outcome.detail);
    this.outcome = outcome;
  }
}

/**
 * Repeats an attempt until its outcome is final or the repetitions are used up; emits the last
 * outcome. If the attempt throws or errors, that is a failure worth a repetition. Delays are 1 s,
 * doubling to 60 s; up to half of each is random. A receiver's `Retry-After` lengthens a delay, to
 * one hour at most.
 */
export function persist(attempt: Observable<Outcome>, options: PersistOptions): Observable<Persisted> {
  const { retries, scheduler, random = Math.random, onRetry } = options;
  return defer(() => {
    let attempts = 0;
    return attempt.pipe(
      take(1),
      throwIfEmpty(() => new Error('it ended without an outcome')),
      catchError((error: unknown) => of<Outcome>({ result: 'failed', detail: reasonOf(error), retry: true })),
      map((outcome) => {
        attempts++;
        if (outcome.result !== 'done' && outcome.retry && attempts <= retries) throw new Again(outcome);
        return { ...outcome, attempts };
      }),
      retry({
        delay: (failure: Again) => {
          const asked = Math.min(failure.outcome.retryAfter ?? 0, LONGEST_ASKED);
          const wait = Math.max(asked, backoff(attempts - 1, { ...WAITS, random }));
          onRetry?.(failure.outcome, wait);
          return timer(wait, scheduler);
        },
      }),
    );
  });
}
