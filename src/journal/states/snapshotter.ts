/**
 * Keeps the states of containers up to date with the recorded events, and saves snapshots of them.
 */
import { setImmediate } from 'node:timers/promises';
import type { SchedulerLike, Subscription } from 'rxjs';
import type { EngineEvent } from '../../event.ts';
import type { Log } from '../../log.ts';
import type { History } from '../read/history.ts';
import { step } from './containers-at.ts';
import { StateFold } from './state-fold.ts';
import type { Snapshots } from './snapshots.ts';

/** Chunks folded in one turn of the event loop during catch-up. */
const TURN = 2;

/** Interval between checks for a due snapshot, as long as events come: in ms. */
const TICK = 2000;
/** Ticks after which a snapshot is due, however few the events. */
const TICKS = 30;

/**
 * Folds events as they are recorded. At the start and after a disk outage it catches up from the
 * history.
 */
export class Snapshotter {
  readonly #history: History;
  readonly #snapshots: Snapshots;
  readonly #scheduler: SchedulerLike;
  readonly #log: Log;
  readonly #limit: number;
  readonly #fold: StateFold;
  #timer: Subscription | undefined;
  #ticks = 0;
  #working: Promise<void> | undefined;
  #catchingUp: Promise<void> | undefined;
  #stopped = false;
  /** The number of the next event at the last snapshot. */
  #kept: number;

  /** @param options `limit`: largest snapshot that is kept, in bytes */
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
    this.#kept = this.#fold.next;
  }

  /** Folds newly recorded events. @param recorded ms since the Unix epoch */
  take(events: readonly EngineEvent[], recorded: number): void {
    const [first] = events;
    if (first === undefined) return;
    const fold = this.#fold;
    if (first.seq === fold.next) {
      fold.events(events, recorded);
      fold.next = first.seq + events.length;
    } else void this.#catchUp();
    this.#timer ??= this.#stopped ? undefined : this.#schedule();
  }

  /** Resolves with the states after all recorded events. */
  async states(): Promise<Pick<StateFold, 'containers' | 'gaps'>> {
    await this.#catchUp();
    return this.#fold;
  }

  /** Saves a last snapshot. Resolves once all reads and writes have ended. */
  async end(): Promise<void> {
    await this.#catchUp();
    this.#stopped = true;
    this.#timer?.unsubscribe();
    await this.#working;
    if (this.#fold.next > this.#kept) await this.#keep();
  }

  #schedule(): Subscription {
    return this.#scheduler.schedule(() => {
      this.#timer = undefined;
      this.#working = this.#tick();
    }, TICK);
  }

  async #tick(): Promise<void> {
    await this.#catchUp();
    const { next } = this.#fold;
    if (next === this.#kept) return;
    const isDue = ++this.#ticks >= TICKS || this.#snapshots.isDistant(next, this.#snapshots.kept.at(-1));
    if (isDue) await this.#keep();
    if (!this.#stopped && this.#fold.next > this.#kept) this.#timer ??= this.#schedule();
  }

  /** Folds all recorded events, in turns. */
  async #catchUp(): Promise<void> {
    this.#catchingUp ??= this.#stepOn().finally(() => (this.#catchingUp = undefined));
    await this.#catchingUp;
  }

  async #stepOn(): Promise<void> {
    for (let turn = 1; !this.#stopped && step(this.#history, this.#fold); turn++)
      if (turn % TURN === 0) await setImmediate();
  }

  async #keep(): Promise<void> {
    this.#ticks = 0;
    const { next } = this.#fold;
    try {
      await this.#snapshots.add(this.#fold.toSnapshot(), this.#limit);
      this.#kept = next;
    } catch (error) {
      // Queries then start from an older snapshot.
      this.#log.debug({ err: error }, 'a snapshot of states could not be kept');
    }
  }
}
