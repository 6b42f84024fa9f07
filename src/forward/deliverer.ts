/** Delivers a batch until its sink has acknowledged or refused each event. */
import { concat, defer, map, mergeMap, type Observable, of, type SchedulerLike, timeout } from 'rxjs';
import type { Outcome } from '../delivery/outcome.ts';
import { persist, type Persisted } from '../delivery/persist.ts';
import type { Item, Sink } from './sink.ts';

/**
 * Refused events in a row after which a refusal is repeated before it counts: a sink that refuses
 * everything is more likely to be set up wrongly than to get invalid events only.
 */
const SUSPICIOUS = 16;

/** Repetitions of such a refusal. */
const DOUBTS = 5;

export interface DelivererOptions {
  readonly sink: Sink;
  /** Time limit of one attempt, in ms. */
  readonly timeout: number;
  readonly scheduler: SchedulerLike;
  readonly random?: (() => number) | undefined;
  /** Called before each attempt. */
  readonly onAttempt: (items: readonly Item[]) => void;
  /** Called after a failed attempt, with the delay in ms until the next one. */
  readonly onFailure: (detail: string, wait: number) => void;
  /** Called if a batch of so many bytes was too large. */
  readonly onTooLarge: (bytes: number) => void;
}

/** A failure of a sink that holds a position of its own: the position must be asked for. */
export class DeliveryFailed extends Error {
  override readonly name = 'DeliveryFailed';
}

/** Events that need no further delivery. */
export interface Delivered {
  readonly items: readonly Item[];
  /** The reason, if the sink refused them. */
  readonly refused?: string | undefined;
  /** Count of events that the sink rejected although it took the batch. */
  readonly rejected: number;
}

export class Deliverer {
  readonly #options: DelivererOptions;
  #refusedInRow = 0;

  constructor(options: DelivererOptions) {
    this.#options = options;
  }

  /**
   * Repeats failed attempts without end, unless the sink holds a position of its own. A batch that is too large, or has a refused event, is
   * split, down to single events. Emits each acknowledged part, in order.
   *
   * Errors with `DeliveryFailed` after a failed attempt if the sink holds a position of its own.
   */
  deliver(items: readonly Item[]): Observable<Delivered> {
    const { sink } = this.#options;
    return defer(() => this.#persist(items)).pipe(
      mergeMap((outcome): Observable<Delivered> => {
        const { result, refusal, accepted = 0, rejected = 0, detail } = outcome;
        if (result === 'done') {
          this.#refusedInRow = 0;
          return of({ items, rejected });
        }
        if (sink.held !== undefined && refusal === undefined && accepted === 0)
          throw new DeliveryFailed(detail);
        if (accepted > 0) {
          const first = of<Delivered>({ items: items.slice(0, accepted), rejected: 0 });
          return concat(first, this.deliver(items.slice(accepted)));
        }
        if (refusal === 'size') this.#options.onTooLarge(items.reduce((sum, { bytes }) => sum + bytes, 0));
        if (items.length > 1) {
          const half = Math.ceil(items.length / 2);
          return concat(this.deliver(items.slice(0, half)), this.deliver(items.slice(half)));
        }
        this.#refusedInRow++;
        return of({ items, refused: detail, rejected: 0 });
      }),
    );
  }

  #persist(items: readonly Item[]): Observable<Persisted> {
    const { sink, timeout: limit, scheduler, random, onAttempt, onFailure } = this.#options;
    let attempts = 0;
    const attempt = defer(() => {
      attempts++;
      onAttempt(items);
      return sink.send(items);
    }).pipe(
      timeout<Outcome, Observable<Outcome>>({
        first: limit,
        scheduler,
        with: () => of({ result: 'timeout', detail: `it did not answer within ${limit} ms`, retry: true }),
      }),
      map((outcome): Outcome => {
        if (outcome.result === 'done') return outcome;
        if ((outcome.accepted ?? 0) > 0) return { ...outcome, retry: false };
        // Every failure may pass: the operator of the sink mends it, and events must not be lost.
        if (outcome.refusal === undefined) return { ...outcome, retry: true };
        const doubtful = items.length === 1 && this.#refusedInRow >= SUSPICIOUS && attempts <= DOUBTS;
        return { ...outcome, retry: doubtful };
      }),
    );
    return persist(attempt, {
      ...{ retries: sink.held === undefined ? Number.POSITIVE_INFINITY : 0, scheduler, random },
      onRetry: ({ detail }, wait) => onFailure(detail, wait),
    });
  }
}
