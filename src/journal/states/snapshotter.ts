/** Keeps the states of containers up with what is recorded, in the background, and a snapshot of them now and then. */
import type { SchedulerLike, Subscription } from 'rxjs';
import type { Log } from '../../log.ts';
import { step } from './containers-at.ts';
import type { History } from '../read/history.ts';
import { StateFold } from './fold.ts';
import type { Snapshots } from './snapshots.ts';

/** In one go, so many chunks at most, or what takes this long: in ms. */
const TURN = 4;
const LONG = 2;
/** The pause after it: at least so many ms, and so many times what it took; shorter while nothing is written. */
const PAUSE = { busy: 50, idle: 5 } as const;
const TIMES = { busy: 20, idle: 3 } as const;

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
  #working: Promise<void> | undefined;
  #stopped = false;
  #busy = false;
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

  /** Something is being written. */
  wake(): void {
    this.#busy = true;
    this.#schedule(PAUSE.busy);
  }

  /** Resolves once nothing is read or written any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.unsubscribe();
    await this.#working;
  }

  #schedule(pause: number): void {
    if (this.#stopped) return;
    this.#timer ??= this.#scheduler.schedule(() => {
      this.#working = this.#work();
    }, pause);
  }

  async #work(): Promise<void> {
    const start = this.#scheduler.now();
    const took = (): number => this.#scheduler.now() - start;
    let more = true;
    for (let turn = 0; more && turn < TURN && took() < LONG; turn++) more = step(this.#history, this.#fold);
    const pace = this.#busy ? 'busy' : 'idle';
    const pause = Math.max(PAUSE[pace], took() * TIMES[pace]);
    this.#busy = false;
    const events = this.#fold.next - this.#last;
    const size = this.#snapshots.kept.at(-1)?.size ?? 0;
    if (events >= EVENTS && events * EVENT_BYTES >= size * SHARE) await this.#keep();
    this.#timer = undefined;
    if (more) this.#schedule(pause);
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
