/** Lists an engine's containers after a hole, and derives the missed changes. */
import { catchError, defer, map, type Observable, of, type SchedulerLike, take, timeout } from 'rxjs';
import { type ContainerState, foldState } from '../../operators/container-state.ts';
import type { EventSource, IncomingEvent } from '../event.ts';
import type { Instant } from '../instant.ts';
import type { EngineControl, Inspected } from './control.ts';
import { reconcile } from './reconcile.ts';

/** Time limit of a list and its descriptions, while new events are held back: in ms. */
const LIST_WITHIN = 30_000;

export interface Reconciled {
  readonly events: readonly IncomingEvent[];
  /** The list; undefined if the engine did not answer in time. */
  readonly listed?: readonly Inspected[];
  /** The time of the list, by the engine's clock. */
  readonly listedAt: Instant;
}

/**
 * The states of one engine's containers, from the start of a session until its hole is reconciled.
 */
export class Reconciler {
  readonly #states: Map<string, ContainerState>;
  readonly #source: EventSource;
  readonly #control: EngineControl;
  readonly #scheduler: SchedulerLike;
  #done = false;

  constructor(
    source: EventSource,
    statesBefore: Iterable<ContainerState>,
    control: EngineControl,
    scheduler: SchedulerLike,
  ) {
    this.#states = new Map([...statesBefore].map((state) => [state.id, state]));
    this.#source = source;
    this.#control = control;
    this.#scheduler = scheduler;
  }

  /** Folds an event that the engine still kept. */
  fold(event: IncomingEvent): void {
    if (this.#done || event.type !== 'container') return;
    const state = foldState(this.#states.get(event.id), event);
    if (state !== undefined) this.#states.set(event.id, state);
  }

  /**
   * Emits the missed changes once. Emits an empty list if the engine does not list its containers
   * in time: a later list then corrects the states.
   *
   * @param position the time of the last event before the hole
   * @param now the engine's clock
   */
  ask(position: Instant | undefined, now: () => Instant): Observable<Reconciled> {
    return defer(() => this.#control.list()).pipe(
      take(1),
      timeout({ first: LIST_WITHIN, scheduler: this.#scheduler }),
      map((listed) => {
        const listedAt = now();
        const events = reconcile(this.#states, listed, { source: this.#source, position, listedAt });
        return { events, listed, listedAt };
      }),
      catchError(() => of<Reconciled>({ events: [], listedAt: now() })),
      map((reconciled) => {
        this.#done = true;
        this.#states.clear();
        return reconciled;
      }),
    );
  }
}
