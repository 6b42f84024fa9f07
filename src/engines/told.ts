/** Events that were reconciled: the real ones can arrive later, and are not told twice. */
import { dropOldest } from '../../operators/drop-oldest.ts';
import type { IncomingEvent } from '../event.ts';
import type { Instant } from '../instant.ts';

/** Events that are remembered. */
const REMEMBERED = 10_000;

/** Engines list by a clock that states whole seconds: in ns. */
const SECOND = 1_000_000_000n;

export class Told {
  /** By container and action: the time by the engine's clock up to which the list tells. */
  readonly #until = new Map<string, Instant>();

  /** Remembers a reconciled event. @param listedAt when the engine made the list, by its clock */
  add(event: IncomingEvent, listedAt: Instant): void {
    this.#until.set(keyOf(event), listedAt > event.timeNano ? listedAt : event.timeNano);
    if (this.#until.size > REMEMBERED) dropOldest(this.#until);
  }

  /** Whether a real event says what was told already: the same of the same container, from before the list. */
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
