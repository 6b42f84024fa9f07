/** The progress of a long task: a line on stderr that changes in place, on a terminal only. */
import type { Aside, Io } from '../io.ts';

/** Shortest time between two changes: in ms. */
const EVERY = 200;
/** The clock is read once for so many calls. */
const CALLS = 4;

/** Erases the line of the terminal. */
const ERASE = '\r\u001b[K';

const number = new Intl.NumberFormat('en-US');

export class Progress implements Aside {
  readonly #io: Io;
  readonly #verb: string;
  readonly #total: number | undefined;
  readonly #isShown: boolean;
  #last = 0;
  #calls = 0;
  #line = '';

  /**
   * @param verb the task in one word: `exported`
   * @param total all of it, if that is known
   */
  constructor(io: Io, verb: string, total?: number) {
    this.#io = io;
    this.#verb = verb;
    this.#total = total;
    this.#isShown = io.stderr.isTTY === true;
    if (this.#isShown) io.asides.add(this);
  }

  /** Shows how much is done, unless it was shown just now. @param unit of the count */
  show(done: number, unit = 'events'): void {
    if (!this.#isShown) return;
    if (this.#calls++ % CALLS !== 0) return;
    const now = performance.now();
    if (now - this.#last < EVERY) return;
    this.#last = now;
    const total = this.#total;
    const share = total === undefined || total === 0 ? '' : ` of ${number.format(total)}`;
    const percent = share === '' ? '' : `, ${Math.floor((100 * done) / (total as number))} %`;
    this.clear();
    this.#line = `tidings: ${this.#verb} ${number.format(done)}${share} ${unit}${percent}`;
    this.draw();
  }

  clear(): void {
    if (this.#line !== '') this.#io.stderr.write(ERASE);
  }

  draw(): void {
    if (this.#line !== '') this.#io.stderr.write(this.#line);
  }

  /** Removes the line. */
  end(): void {
    this.clear();
    this.#line = '';
    this.#io.asides.delete(this);
  }
}
