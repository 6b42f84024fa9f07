/** Keeps the states of containers up with what is recorded, in the background, and a snapshot of them now and then. */
import type { SchedulerLike, Subscription } from 'rxjs';
import type { Log } from '../log.ts';
import { step } from './containers-at.ts';
import type { History } from './history.ts';
import { StateFold } from './state-fold.ts';
import type { Snapshots } from './snapshots.ts';

/** Chunks in one go, and the pause after it in ms: a few hundredths of a processor at most, however much there is to do. */
const TURN = 4;
const PAUSE = 50;

/** Events between two snapshots at least; and their bytes at least so many times the snapshot's. */
const EVENTS = 65_536;
const SHARE = 10;
/** What an event takes up, about: in bytes. */
const EVENT_BYTES = 60;

export class Snapshotter {
  readonly #history: History;
  readonly #snapshots: Snapshots;
  readonly #scheduler: SchedulerLike;
  readonly #log: Log;
  readonly #limit: number;
  readonly #fold: StateFold;
  #timer: Subscription | undefined;
  #last: number;

  /** @param options `limit`: larger snapshots are not kept, in bytes */
  constructor(
    history: History,
    snapshots: Snapshots,
    options: { readonly scheduler: SchedulerLike; readonly log: Log; readonly limit: number },
  ) {
    this.#history = history;
    this.#snapshots = snapshots;
    this.#scheduler = options.scheduler;
    this.#log = options.log;
    this.#limit = options.limit;
    this.#fold = new StateFold(snapshots.newest() ?? 1);
    this.#last = this.#fold.next;
  }

  /** There may be something new. */
  wake(): void {
    this.#timer ??= this.#scheduler.schedule(() => void this.#work(), PAUSE);
  }

  stop(): void {
    this.#timer?.unsubscribe();
  }

  async #work(): Promise<void> {
    let more = true;
    for (let turn = 0; more && turn < TURN; turn++) more = step(this.#history, this.#fold);
    const events = this.#fold.next - this.#last;
    const size = this.#snapshots.kept.at(-1)?.size ?? 0;
    if (events >= EVENTS && events * EVENT_BYTES >= size * SHARE) await this.#keep();
    this.#timer = undefined;
    if (more) this.wake();
  }

  async #keep(): Promise<void> {
    try {
      await this.#snapshots.add(this.#fold.toSnapshot(), this.#limit);
      this.#last = this.#fold.next;
    } catch (error) {
      // What is asked is then folded from an older one.
      this.#log.debug({ err: error }, 'a snapshot of states could not be kept');
    }
  }
}
