/** Lines on a terminal, above a few that change in place. */
import type { Aside } from '../io.ts';
import type { Output } from './stdout.ts';

/** Most lines that change in place. */
const MOST_LIVE = 4;

/** Writes lines, and redraws the changing lines below them with every write. */
export class Screen implements Aside {
  readonly #output: Output;
  #gathered: string[] = [];
  #live: readonly string[] = [];
  #drawn = 0;
  #due = false;

  constructor(output: Output) {
    this.#output = output;
  }

  line(text: string): void {
    this.#gathered.push(text);
    this.#later();
  }

  /** Replaces the changing lines below the others. */
  live(lines: readonly string[]): void {
    const rest = lines.length - MOST_LIVE;
    this.#live = rest > 0 ? [...lines.slice(0, MOST_LIVE - 1), `  and ${rest + 1} more`] : lines;
    this.#later();
  }

  /** Makes room for other output. */
  clear(): void {
    this.#output.text(this.#erased());
    this.#output.flush();
  }

  draw(): void {
    this.#draw();
    this.#output.flush();
  }

  #later(): void {
    if (this.#due) return;
    this.#due = true;
    queueMicrotask(() => {
      this.#due = false;
      this.#draw();
    });
  }

  #draw(): void {
    const lines = [...this.#gathered, ...this.#live].map((line) => `${line}\n`).join('');
    this.#gathered = [];
    const before = this.#erased();
    this.#drawn = this.#live.length;
    if (before + lines !== '') this.#output.text(before + lines);
  }

  /** Moves the cursor up over the changing lines, and erases everything below. */
  #erased(): string {
    const up = this.#drawn;
    this.#drawn = 0;
    return up === 0 ? '' : `\u001b[${up}A\u001b[J`;
  }
}
