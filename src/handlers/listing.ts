/** Asking one engine for all its containers, while events about them go on. */
import {
  defer,
  map,
  merge,
  type Observable,
  retry,
  type SchedulerLike,
  Subject,
  Subscription,
  take,
  tap,
  timeout,
  timer,
} from 'rxjs';
import { backoff } from '../backoff.ts';
import type { EngineControl, Inspected } from '../engines/control.ts';
import type { EngineEvent, EventSource } from '../event.ts';
import type { Log } from '../log.ts';

/** How long an answer may take, and the waits after failures: in ms. */
const ANSWER_WITHIN = 30_000;
const WAITS = { first: 1000, longest: 60_000 };

/** Events that are held back at most while an answer is awaited. */
const HELD = 100_000;

export interface ListingOptions {
  readonly log: Log;
  readonly scheduler: SchedulerLike;
  /** Told of every answer. */
  readonly onListed: (containers: readonly Inspected[]) => void;
  /** Told of every event that the answer, if any, does not take into account. */
  readonly onEvent: (event: EngineEvent) => void;
}

/**
 * Lists the containers of one engine. An answer is of a moment between question and answer, and no clock tells which. So
 * events that arrive meanwhile are held back, and folded over the answer in their order: each container ends in the state of
 * its last event, even if the answer has some of them in it already.
 */
export class Listing {
  /** What is asked; another one is asked the next time. */
  control: EngineControl;
  readonly #source: EventSource;
  readonly #options: ListingOptions;
  readonly #tooMany = new Subject<void>();
  #held: EngineEvent[] | undefined;
  #asking: Subscription = Subscription.EMPTY;
  #stale = false;

  constructor(source: EventSource, control: EngineControl, options: ListingOptions) {
    this.#source = source;
    this.control = control;
    this.#options = options;
  }

  /** Asks, now, until there is an answer. */
  ask(): void {
    this.#asking.unsubscribe();
    const { scheduler, onListed } = this.#options;
    this.#stale = false;
    const answer = defer(() => {
      this.#release();
      this.#held = [];
      return merge(this.control.list(), this.#tooMany.pipe(map(tooMany)));
    }).pipe(
      timeout({ first: ANSWER_WITHIN, scheduler }),
      take(1),
      tap({ error: () => this.#release() }),
      retry({ delay: (error: unknown, failures) => this.#again(error, failures) }),
    );
    this.#asking = answer.subscribe((containers) => {
      this.#tellLeftOut(containers);
      onListed(containers);
      this.#release();
      if (this.#stale) this.ask();
    });
  }

  /** Asks again after what is being asked: that answer may be too old. */
  askAfter(): void {
    if (this.#held === undefined) this.ask();
    else this.#stale = true;
  }

  /** Whether there are events that are held back. */
  get holds(): boolean {
    return this.#held !== undefined && this.#held.length > 0;
  }

  /** Takes an event: told of at once, or held back. */
  take(event: EngineEvent): void {
    if (this.#held === undefined) return this.#options.onEvent(event);
    this.#held.push(event);
    if (this.#held.length > HELD) this.#tooMany.next();
  }

  close(): void {
    this.#asking.unsubscribe();
    this.#release();
  }

  #release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const event of held) this.#options.onEvent(event);
  }

  /** Says once for an answer which labels it lacks. */
  #tellLeftOut(containers: readonly Inspected[]): void {
    const lacking = containers.filter(({ labelsLeftOut = 0 }) => labelsLeftOut > 0);
    const [first] = lacking;
    if (first === undefined) return;
    const { engine, endpoint } = this.#source;
    const labels = lacking.reduce((sum, { labelsLeftOut = 0 }) => sum + labelsLeftOut, 0);
    this.#options.log.warn(
      { engine, endpoint, containers: lacking.length, labels, first: first.state.id },
      `${engine}: labels of ${lacking.length} containers are too long and were left out`,
    );
  }

  #again(error: unknown, failures: number): Observable<unknown> {
    const { log, scheduler } = this.#options;
    const { engine, endpoint } = this.#source;
    const wait = backoff(failures - 1, WAITS);
    const why = error instanceof Error ? error.message : String(error);
    log.warn({ engine, endpoint, err: error, wait }, `${engine}: its containers cannot be listed, ${why}`);
    return timer(wait, scheduler);
  }
}

function tooMany(): never {
  throw new Error(`more than ${HELD} events came meanwhile`);
}
