/** Moves events from subscriptions to their connections, at the pace of each, and gives everyone a turn. */
import { interval, type SchedulerLike, type Subscription } from 'rxjs';
import type { Lease } from '../subscriptions.ts';
import { type Outlet, Pump } from './pump.ts';

/** How long a connection stays silent at most before it gets a bookmark: in ms. */
const BOOKMARK_EVERY = 15_000;

/**
 * All pumps of a server. Who has something to do gets one turn in each round of the event loop, so that what happens
 * within a round goes out in one write, and one that can take for ever never keeps others waiting.
 */
export class Pumps {
  readonly #pumps = new Set<Pump>();
  readonly #scheduler: SchedulerLike;
  #due = new Set<Pump>();
  #beats: Subscription | undefined;

  /** @param scheduler the clock of bookmarks */
  constructor(scheduler: SchedulerLike) {
    this.#scheduler = scheduler;
  }

  /** Begins to move events; the first turn comes later. The lease is released when the pump is closed. */
  start(lease: Lease, outlet: Outlet): Pump {
    const pump = new Pump(lease, outlet, {
      due: (one) => this.#turn(one),
      closed: (one) => this.#forget(one),
    });
    this.#pumps.add(pump);
    this.#beats ??= interval(BOOKMARK_EVERY, this.#scheduler).subscribe(() => {
      for (const each of this.#pumps) each.beat();
    });
    this.#turn(pump);
    return pump;
  }

  #turn(pump: Pump): void {
    if (this.#due.size === 0) {
      setImmediate(() => {
        const due = this.#due;
        this.#due = new Set();
        for (const each of due) each.turn();
      });
    }
    this.#due.add(pump);
  }

  #forget(pump: Pump): void {
    this.#pumps.delete(pump);
    this.#due.delete(pump);
    if (this.#pumps.size > 0) return;
    this.#beats?.unsubscribe();
    this.#beats = undefined;
  }
}
