/** One simulated machine: virtual time, processes, and one order of all that happens, drawn by chance. */
import type { Random } from '../random.ts';

/** A process: what it has scheduled ends with it, and nothing that it does afterwards has an effect. */
export class Process {
  readonly name: string;
  alive = true;
  /** Called when it ends, in whatever way: descriptors and sockets are closed. */
  readonly onEnd: Set<() => void> = new Set();

  constructor(name: string) {
    this.name = name;
  }
}

/**
 * Actions of one lane keep their order: `timer` and `turn` are Node's own queues of a process. Those without a lane happen
 * in any order once they are due.
 */
export type Lane = 'timer' | 'turn' | undefined;

export interface Action {
  /** When it is due: in µs. */
  readonly at: number;
  readonly order: number;
  readonly process: Process | undefined;
  readonly lane: Lane;
  readonly run: () => void;
  cancelled: boolean;
}

/** The wall clock when a simulation begins: in ms since the Unix epoch. */
export const BEGIN = 1_700_000_000_000;

/** Thrown into a process that has ended: catching it has no effect. */
export class EndedError extends Error {
  readonly code = 'EIO';

  constructor() {
    super('EIO: the process has ended');
  }
}

/** Lets all promises settle: the host's own, which the bundle leaves alone. */
const settled = globalThis.setImmediate;

export class Machine {
  readonly random: Random;
  /** Since the beginning: whole µs. */
  now = 0;
  /** Distance by which the wall clock was set: in ms. */
  set = 0;
  steps = 0;
  /** The process whose code runs; undefined outside of all processes. */
  current: Process | undefined;
  /** Told of an error that nothing has caught. */
  onError: (error: unknown) => void = () => undefined;
  #heap: Action[] = [];
  #due: Action[] = [];
  #order = 0;

  constructor(random: Random) {
    this.random = random;
  }

  /** The wall clock: ms since the Unix epoch, with a fraction. */
  get wall(): number {
    return BEGIN + this.now / 1000 + this.set;
  }

  /** @param delay in ms. @param of the process that does it: default is the one that runs; undefined for none */
  schedule(delay: number, run: () => void, lane?: Lane, ...of: readonly [(Process | undefined)?]): Action {
    const process = of.length > 0 ? of[0] : this.current;
    const at = this.now + Math.max(0, Math.round(delay * 1000));
    const action: Action = { at, order: this.#order++, process, lane, run, cancelled: false };
    if (process?.alive !== false) push(this.#heap, action);
    return action;
  }

  /** Outside of all processes. @param delay in ms */
  later(delay: number, run: () => void): Action {
    return this.schedule(delay, run, undefined, undefined);
  }

  /** Runs code as that process, soon, with all that follows from it. */
  start(process: Process, run: () => void): void {
    this.schedule(0, run, undefined, process);
  }

  /** Runs code as that process, at once: nothing may follow from it that waits for a promise. */
  as<T>(process: Process | undefined, run: () => T): T {
    const before = this.current;
    this.current = process;
    try {
      return run();
    } finally {
      this.current = before;
    }
  }

  end(process: Process): void {
    if (!process.alive) return;
    process.alive = false;
    for (const each of process.onEnd) each();
    process.onEnd.clear();
  }

  /** Does one thing that is due, and all that follows from it at once. @returns false when nothing will ever be due */
  async step(): Promise<boolean> {
    const action = this.#next();
    if (action === undefined) return false;
    this.steps++;
    // Work takes some time.
    this.now += this.random.between(0, 60);
    this.current = action.process;
    try {
      action.run();
    } catch (error) {
      if (action.process?.alive !== false) this.onError(error);
    }
    await new Promise((resolve) => settled(resolve));
    this.current = undefined;
    return true;
  }

  #next(): Action | undefined {
    for (;;) {
      this.#collect();
      if (this.#due.length === 0) {
        const [first] = this.#heap;
        if (first === undefined) return undefined;
        this.now = Math.max(this.now, first.at);
        continue;
      }
      const drawn = this.random.between(0, this.#due.length - 1);
      const { process, lane } = this.#due[drawn] as Action;
      // The first of its lane.
      const at =
        lane === undefined
          ? drawn
          : this.#due.findIndex((each) => each.lane === lane && each.process === process);
      const [action] = this.#due.splice(at, 1) as [Action];
      if (!action.cancelled && action.process?.alive !== false) return action;
    }
  }

  #collect(): void {
    for (let [first] = this.#heap; first !== undefined && first.at <= this.now; [first] = this.#heap) {
      pop(this.#heap);
      if (!first.cancelled && first.process?.alive !== false) this.#due.push(first);
    }
  }
}

function isBefore(a: Action, b: Action): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

function push(heap: Action[], action: Action): void {
  let at = heap.length;
  heap.push(action);
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!isBefore(action, heap[parent] as Action)) break;
    heap[at] = heap[parent] as Action;
    at = parent;
  }
  heap[at] = action;
}

function pop(heap: Action[]): void {
  const last = heap.pop() as Action;
  if (heap.length === 0) return;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && isBefore(heap[child + 1] as Action, heap[child] as Action)) child++;
    if (!isBefore(heap[child] as Action, last)) break;
    heap[at] = heap[child] as Action;
    at = child;
  }
  heap[at] = last;
}
