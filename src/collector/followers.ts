/** Listeners to everything. */
import type { Subscriber } from 'rxjs';
import type { EngineEvent } from '../event.ts';

/**
 * Who is told of every event. All of them are up to date, so there is nothing to look up, to compare or to note down for
 * each: what an event costs is a call.
 */
export class Followers {
  readonly #all = new Set<Subscriber<EngineEvent>>();
  /** The same ones to go through; made anew when somebody has come or gone. */
  #list: readonly Subscriber<EngineEvent>[] | undefined;

  add(follower: Subscriber<EngineEvent>): void {
    this.#all.add(follower);
    this.#list = undefined;
  }

  delete(follower: Subscriber<EngineEvent>): void {
    if (this.#all.delete(follower)) this.#list = undefined;
  }

  /** Tells everyone who is there by now, one after the other; whose subscription closes on the way hears no more. */
  tell(events: readonly EngineEvent[]): void {
    this.#list ??= [...this.#all];
    for (const follower of this.#list) {
      for (const event of events) {
        if (follower.closed) break;
        follower.next(event);
      }
    }
  }
}
