/** Lists all containers of one engine while events about them continue to arrive. */
import {
  catchError,
  concat,
  concatMap,
  defer,
  map,
  merge,
  type Observable,
  of,
  retry,
  type SchedulerLike,
  Subject,
  Subscription,
  take,
  tap,
  throwError,
  timeout,
  timer,
} from 'rxjs';
import { backoff } from '../backoff.ts';
import type { EngineControl, Inspected } from '../engines/control.ts';
import type { EngineEvent, EventSource } from '../event.ts';
import type { Log } from '../log.ts';
import { inTurns, ITEMS } from '../in-turns.ts';

/**
 * Time limit of a list, and the delays after failures: in ms. The engines themselves limit silence
 * (`EngineControl.list`); a list that keeps coming may be long.
 */
const ANSWER_WITHIN = 3_600_000;
const WAITS = { first: 1000, longest: 60_000 };

/** Most events held back during a listing. */
const HELD = 100_000;

export interface ListingOptions {
  readonly log: Log;
  readonly scheduler: SchedulerLike;
  /** Called with every answer. The work yields after each step; events are held back until it ends. */
  readonly onListed: (containers: readonly Inspected[]) => Iterator<unknown>;
  /** Called with every event that is newer than the answer, or without a pending listing. */
  readonly onEvent: (event: EngineEvent) => void;
}

/**
 * Lists the containers of one engine. An answer shows some moment between request and answer, and
 * no clock tells which. So events that arrive meanwhile are held back, and folded over the answer
 * in order: each container ends in the state of its last event, even if the answer includes some of
 * them.
 */
export class Listing {
  /** The interface for the next listing, and the endpoint of it. */
  control: EngineControl;
  source: EventSource;
  /** False from the loss of the connection to the listing of the next one. */
  isConnected = true;
  readonly #options: ListingOptions;
  readonly #tooMany = new Subject<void>();
  #held: EngineEvent[] | undefined;
  #asking: Subscription = Subscription.EMPTY;
  #stale = false;

  constructor(source: EventSource, control: EngineControl, options: ListingOptions) {
    this.source = source;
    this.control = control;
    this.#options = options;
  }

  /**
   * Starts a listing now; repeats it until the engine answers.
   *
   * @param known an answer that includes every event so far. Default: the engine is asked
   */
  ask(known?: readonly Inspected[]): void {
    this.#asking.unsubscribe();
    const { scheduler, onListed } = this.#options;
    this.isConnected = true;
    this.#stale = false;
    const list = (): Observable<readonly Inspected[]> =>
      known === undefined ? this.control.list() : of(known);
    const inSteps = (work: () => Iterator<unknown>): Observable<never> => inTurns(work, scheduler);
    const release = inSteps(() => this.#release());
    const answer = defer(() => {
      this.#held ??= [];
      return merge(list(), this.#tooMany.pipe(map(tooMany)));
    }).pipe(
      timeout({ first: ANSWER_WITHIN, scheduler }),
      take(1),
      catchError((error: unknown) =>
        concat(
          release,
          throwError(() => error),
        ),
      ),
      retry({ delay: (error: unknown, failures) => this.#again(error, failures) }),
      tap((containers) => this.#tellLeftOut(containers)),
      concatMap((containers) =>
        concat(
          inSteps(() => onListed(containers)),
          release,
        ),
      ),
    );
    this.#asking = answer.subscribe({
      complete: () => {
        if (this.#stale) this.ask();
      },
    });
  }

  /**
   * Lists again after the current listing, whose answer may be too old. Without a connection, the
   * listing of the next one is enough.
   */
  askAfter(): void {
    if (!this.isConnected) return;
    if (this.#held === undefined) this.ask();
    else this.#stale = true;
  }

  /** True if events are held back. */
  get holds(): boolean {
    return this.#held !== undefined && this.#held.length > 0;
  }

  /** Takes an event: forwards it, or holds it back during a listing. */
  take(event: EngineEvent): void {
    if (this.#held === undefined) return this.#options.onEvent(event);
    this.#held.push(event);
    if (this.#held.length > HELD) this.#tooMany.next();
  }

  /** Forwards the events that are held back. */
  close(): void {
    this.#asking.unsubscribe();
    const release = this.#release();
    while (release.next().done !== true);
  }

  /** Forwards the events that are held back, faster than others come. */
  *#release(): Generator<void, void> {
    const held = this.#held ?? [];
    let forwarded = 0;
    let seen = held.length;
    try {
      while (forwarded < held.length) {
        const last = forwarded + ITEMS + held.length - seen;
        seen = held.length;
        for (; forwarded < held.length && forwarded < last; forwarded++) {
          this.#options.onEvent(held[forwarded] as EngineEvent);
        }
        if (forwarded < held.length) yield;
      }
      this.#held = undefined;
    } finally {
      held.splice(0, forwarded);
    }
  }

  /** Logs what an answer lacks, once for each answer. */
  #tellLeftOut(containers: readonly Inspected[]): void {
    this.#tellPartial(containers);
    const lacking = containers.filter(({ labelsLeftOut = 0 }) => labelsLeftOut > 0);
    const [first] = lacking;
    if (first === undefined) return;
    const { engine, endpoint } = this.source;
    const labels = lacking.reduce((sum, { labelsLeftOut = 0 }) => sum + labelsLeftOut, 0);
    this.#options.log.warn(
      { engine, endpoint, containers: lacking.length, labels, first: first.state.id },
      `${engine}: labels of ${lacking.length} containers are too long and were left out`,
    );
  }

  #tellPartial(containers: readonly Inspected[]): void {
    const partial = containers.filter(({ isPartial = false }) => isPartial).length;
    if (partial === 0) return;
    const { engine, endpoint } = this.source;
    this.#options.log.warn(
      { engine, endpoint, containers: partial },
      `${engine}: ${partial} containers are known from its list only, without restart policies: it did not describe them`,
    );
  }

  #again(error: unknown, failures: number): Observable<unknown> {
    const { log, scheduler } = this.#options;
    const { engine, endpoint } = this.source;
    const wait = backoff(failures - 1, WAITS);
    const why = error instanceof Error ? error.message : String(error);
    log.warn({ engine, endpoint, err: error, wait }, `${engine}: its containers cannot be listed, ${why}`);
    return timer(wait, scheduler);
  }
}

function tooMany(): never {
  throw new Error(`more than ${HELD} events came meanwhile`);
}
