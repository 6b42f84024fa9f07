/** A client that follows the daemon: slowly or not, for ever or for a while, and resumes from its cursor. */
import { asyncScheduler, BehaviorSubject, type Subscription } from 'rxjs';
import { resuming } from '../../../cli/source/resume.ts';
import { followDaemon } from '../../../src/client/follow.ts';
import type { Frame } from '../../../src/collector/frames.ts';
import type { Query } from '../../../src/collector/query.ts';
import { type Machine, Process } from '../machine/machine.ts';

/** A frame, and when it arrived: in µs of the machine, and ms of the wall clock. */
export interface Had {
  readonly frame: Frame;
  readonly at: number;
  readonly wall: number;
}

export interface ReaderOptions {
  readonly name: string;
  readonly endpoint: string;
  readonly query: Query;
  /** True if it connects again for as long as the simulation runs. */
  readonly stays: boolean;
}

export class Reader {
  readonly options: ReaderOptions;
  readonly had: Had[] = [];
  /** The reason for its end; undefined before. */
  ended: string | undefined;
  readonly #machine: Machine;
  readonly #process: Process;
  readonly #paused = new BehaviorSubject(false);
  #following: Subscription | undefined;

  constructor(machine: Machine, options: ReaderOptions) {
    this.#machine = machine;
    this.options = options;
    this.#process = new Process(options.name);
    machine.start(this.#process, () => this.#follow());
  }

  get isPaused(): boolean {
    return this.#paused.value;
  }

  pause(isPaused: boolean): void {
    this.#machine.as(this.#process, () => this.#paused.next(isPaused));
  }

  /** Closes its connection. */
  leave(): void {
    this.#machine.as(this.#process, () => this.#following?.unsubscribe());
    this.ended ??= 'it left';
    this.#machine.end(this.#process);
  }

  /** The cursor to resume from; undefined before the first. */
  get cursor(): string | undefined {
    for (const { frame } of this.had.toReversed()) {
      if (frame.kind === 'gap') return frame.to;
      if (frame.kind !== 'ready') return frame.cursor;
      if (this.options.query.since === undefined && this.options.query.tail === undefined)
        return frame.newest;
    }
    return undefined;
  }

  #follow(): void {
    const { endpoint, stays } = this.options;
    const connect = (query: Query): ReturnType<typeof followDaemon> =>
      followDaemon({ endpoint, query, paused: this.#paused });
    const { cursor } = this;
    const asked = this.options.query;
    const query = cursor === undefined ? asked : { ...asked, since: undefined, tail: undefined, cursor };
    const frames = stays ? resuming({ query, connect, notice: () => undefined }) : connect(query);
    this.#following = frames.subscribe({
      next: (frame) => this.had.push({ frame, at: this.#machine.now, wall: this.#machine.wall }),
      error: (error: Error) => {
        if (stays) asyncScheduler.schedule(() => this.#follow(), 200);
        else this.ended = error.message;
      },
      complete: () => (this.ended = 'end'),
    });
  }
}
