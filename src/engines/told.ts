/** Remembers reconciled events: the real ones can arrive later and are then dropped. */
import { dropOldest } from '../../operators/drop-oldest.ts';
import type { IncomingEvent } from '../event.ts';
import type { Instant } from '../instant.ts';

/** Most remembered events. */
const REMEMBERED = 10_000;

/** Resolution of engines' clocks in lists: in ns. */
const SECOND = 1_000_000_000n;

export class Told {
  /** By container and action: the time, by the engine's clock, that the list covers. */
  readonly #until = new Map<string, Instant>();

  /** Remembers a reconciled event. @param listedAt time of the list, by the engine's clock */
  add(event: IncomingEvent, listedAt: Instant): void {
    this.#until.set(keyOf(event), listedAt > event.timeNano ? listedAt : event.timeNano);
    if (this.#until.size > REMEMBERED) dropOldest(this.#until);
  }

  /**
   * Tests whether a real event was reconciled already: same container and action, from before the
   * list.
   */
  covers(event: IncomingEvent): boolean {
    if (this.#until.size === 0 || event.type !== 'container') return false;
    const key = keyOf(event);
    const until = this.#until.get(key);
    if (until === undefined) return false;
    this.#until.delete(key);
    return event.timeNano <= until + SECOND;
  }
}

function keyOf({ id, action }: IncomingEvent): string {
  return `${id} ${action}`;
}
