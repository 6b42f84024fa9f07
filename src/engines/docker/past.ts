/** What has been had from one Docker daemon: so that nothing is repeated and a hole is noticed. */
import { type IncomingEvent, isGap } from '../../event.ts';
import type { Instant } from '../../instant.ts';
import { type Heard, keyOf } from './heard.ts';

/** How many events Docker holds (moby, `daemon/events/events.go`). */
export const DOCKER_HOLDS = 256;

/** As many as can come back: those that Docker holds, and as many again against its slips of order. */
const REMEMBERED = 2 * DOCKER_HOLDS;

export class Past {
  /** In the order in which they came; the oldest are forgotten. */
  readonly #keys = new Set<string>();
  /** The latest time that any of them had. */
  newest: Instant | undefined;
  /** Whether anything was had, or could have been: a connection was there. */
  begun = false;
  readonly #resumed: boolean;

  constructor(resume: readonly IncomingEvent[] = []) {
    for (const event of resume) if (!isGap(event)) this.add({ key: keyOf(event), event });
    this.#resumed = this.begun;
  }

  has({ key }: Heard): boolean {
    return this.#keys.has(key);
  }

  /** Remembers an event; false when it had been had before. */
  add(heard: Heard): boolean {
    if (this.#keys.has(heard.key)) return false;
    this.begun = true;
    this.#keys.add(heard.key);
    const { timeNano } = heard.event;
    if (this.newest === undefined || timeNano > this.newest) this.newest = timeNano;
    if (this.#keys.size > REMEMBERED) {
      for (const oldest of this.#keys) {
        this.#keys.delete(oldest);
        break;
      }
    }
    return true;
  }

  /**
   * Whether nothing was missed, judged by what Docker holds now. It holds the newest in the order in which it took
   * them, without holes: so one among them that we have had proves that all after it are there too.
   *
   * Where its memory is full one is not enough. Docker takes an event and sends it in two steps, so that of two at
   * once the second can be the first to come: had we lost the connection just then, the other would have to be held
   * *before* it, and could have been pushed out. Two that we have had exclude that.
   *
   * What it holds from before the first of these counts as had where fewer are remembered than it holds (resumed
   * with a few): it is older than they are. Otherwise it is such a second one.
   */
  continues(held: readonly Heard[]): boolean {
    const first = held.findIndex((heard) => this.has(heard));
    const needed = held.length < DOCKER_HOLDS ? 1 : Math.min(2, this.#keys.size);
    if (first < 0 || held.filter((heard) => this.has(heard)).length < needed) return false;
    if (this.#keys.size < DOCKER_HOLDS && this.#resumed)
      for (const older of held.slice(0, first)) this.add(older);
    return true;
  }
}
