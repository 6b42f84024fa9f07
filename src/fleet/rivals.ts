/** Other daemons that publish under the name of the same host. */
import { EVERY, type Heartbeat, MISSED } from './heartbeat.ts';

/** Most rivals that are remembered. */
const MOST = 16;

/** Takes the heartbeats of one host: the daemon that has published for the longest time continues. */
export class Rivals {
  readonly #own: Pick<Heartbeat, 'daemon' | 'since'>;
  readonly #heard = new Map<string, { readonly since: number; readonly until: number }>();

  constructor(own: Pick<Heartbeat, 'daemon' | 'since'>) {
    this.#own = own;
  }

  /**
   * Takes a heartbeat.
   *
   * @param now current time in ms
   * @returns true for the first heartbeat of a rival
   */
  hear({ daemon, since, every, word }: Heartbeat, now: number): boolean {
    if (daemon === this.#own.daemon) return false;
    if (word === 'bye') {
      this.#heard.delete(daemon);
      return false;
    }
    const isNew = !this.#heard.has(daemon);
    if (isNew && this.#heard.size >= MOST) return false;
    this.#heard.set(daemon, { since, until: now + Math.min(every, EVERY * MISSED) * MISSED });
    return isNew;
  }

  /** The start of a rival that began before this daemon, in ms; undefined without such a rival. */
  senior(now: number): number | undefined {
    let found: number | undefined;
    for (const [daemon, { since, until }] of this.#heard) {
      if (until < now) this.#heard.delete(daemon);
      else if (since < this.#own.since || (since === this.#own.since && daemon < this.#own.daemon))
        found = Math.min(found ?? since, since);
    }
    return found;
  }
}
