/** Remembers reconciled events: the real ones can arrive later and are then dropped. */
import { dropOldest } from '../../operators/drop-oldest.ts';
import type { IncomingEvent } from '../event.ts';
import type { Instant } from '../instant.ts';

/** Most remembered events. */
const REMEMBERED = 10_000;

/** Resolution of engines' clocks in lists, and the most by which a list and an event state one moment differently: in ns. */
const SECOND = 1_000_000_000n;

/** Times of real events that say the same, by the engine's clock. */
interface Span {
  readonly from: Instant | undefined;
  readonly to: Instant;
}

export class ReconciledEvents {
  /** By container and action. */
  readonly #spans = new Map<string, Span>();

  /**
   * Remembers a reconciled event. If the list stated its time, the real event is of that moment:
   * one of another moment, such as the end of the next run, is another event. A stated time can be
   * later than the list: the engine's clock was set back in between.
   *
   * @param listedAt time of the list, by the engine's clock; equal to the time of an event whose
   *   time the list did not state
   * @param since the earliest time of the real event, if the list did not state it. Default: any
   */
  add(event: IncomingEvent, listedAt: Instant, since?: Instant): void {
    const { timeNano } = event;
    const from = timeNano === listedAt ? since : timeNano - SECOND;
    this.#spans.set(keyOf(event), { from, to: timeNano + SECOND });
    if (this.#spans.size > REMEMBERED) dropOldest(this.#spans);
  }

  copy(): ReconciledEvents {
    const copy = new ReconciledEvents();
    for (const [key, span] of this.#spans) copy.#spans.set(key, span);
    return copy;
  }

  /** Tests whether a real event was reconciled already: same container and action, of that time. */
  covers(event: IncomingEvent): boolean {
    if (this.#spans.size === 0 || event.type !== 'container') return false;
    const key = keyOf(event);
    const span = this.#spans.get(key);
    if (span === undefined) return false;
    const { timeNano } = event;
    // An earlier one arrives late: that of the list may still come.
    if (span.from !== undefined && timeNano < span.from) return false;
    this.#spans.delete(key);
    return timeNano <= span.to;
  }
}

function keyOf({ id, action }: IncomingEvent): string {
  return `${id} ${action}`;
}
