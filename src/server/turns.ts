/** Runs long work for clients in turns of the event loop, so that no client delays another. */

/**
 * Work in steps. Each step yields its cost: the items that it processed, 1 or more. Returns the
 * result.
 */
export type Work<T> = Iterator<number, T, void>;

/** Items of all work in one turn of the event loop: a few milliseconds. */
const ITEMS = 512;

interface Task {
  /** Runs a step. @returns its cost, or undefined if it was the last one */
  readonly step: () => number | undefined;
}

/**
 * Runs the work of all clients in rotation: together a constant number of items in each turn of the
 * event loop, however much work there is.
 */
export class Turns {
  readonly #later: (turn: () => void) => void;
  #tasks: Task[] = [];

  /** @param later schedules a turn. Default: `setImmediate` */
  constructor(later: (turn: () => void) => void = setImmediate) {
    this.#later = later;
  }

  /**
   * Runs the work, starting in a later turn.
   *
   * @param isWanted called before each step; once it returns false, the work is dropped
   * @returns its result; undefined if it was dropped
   */
  run<T>(work: Work<T>, isWanted: () => boolean = () => true): Promise<T | undefined> {
    return new Promise((resolve, reject) => {
      const step = (): number | undefined => {
        try {
          if (!isWanted()) {
            work.return?.();
            resolve(undefined);
            return undefined;
          }
          const { done, value } = work.next();
          if (done !== true) return value;
          resolve(value);
        } catch (error) {
          reject(error);
        }
        return undefined;
      };
      this.#tasks.push({ step });
      if (this.#tasks.length === 1) this.#later(() => this.#turn());
    });
  }

  #turn(): void {
    for (let items = 0; items < ITEMS && this.#tasks.length > 0;) {
      const task = this.#tasks.shift() as Task;
      const cost = task.step();
      items += cost ?? 1;
      if (cost !== undefined) this.#tasks.push(task);
    }
    if (this.#tasks.length > 0) this.#later(() => this.#turn());
  }
}

/**
 * Makes one answer for all calls in one turn of the event loop.
 *
 * @param make makes the answer; called in the next turn
 */
export function sharedInTurn<T>(make: () => T | Promise<T>): () => Promise<T> {
  let pending: Promise<T> | undefined;
  return () =>
    (pending ??= new Promise((resolve, reject) => {
      setImmediate(() => {
        pending = undefined;
        Promise.resolve().then(make).then(resolve, reject);
      });
    }));
}
