/** A terminal taken over as a whole, and given back as it was. */
import type { Io, KeyInput, OutputStream } from '../io.ts';

/** The alternate screen, without cursor and wrapping; and back. */
const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?7l';
const LEAVE = '\u001b[?7h\u001b[?25h\u001b[?1049l';

/** The terminal is given back by `leave`, or when the process ends, whatever ends it in order. */
export class FullScreen {
  readonly #stdout: OutputStream;
  readonly #stdin: KeyInput;
  readonly #onExit = (): void => this.leave();
  #taken = true;

  /** @param onInput called with each input, @param onResize when the size has changed */
  constructor(
    { stdout, onExit }: Pick<Io, 'stdout' | 'onExit'>,
    stdin: KeyInput,
    onInput: (text: string) => void,
    onResize: () => void,
  ) {
    this.#stdout = stdout;
    this.#stdin = stdin;
    stdout.write(ENTER);
    stdin.setRawMode?.(true);
    stdin.setEncoding('utf8');
    stdin.on('data', onInput);
    stdin.resume();
    stdout.on('resize', onResize);
    this.#end = onExit?.(this.#onExit);
    this.#release = () => {
      stdin.off('data', onInput);
      stdout.off('resize', onResize);
    };
  }
  readonly #end: (() => void) | undefined;
  readonly #release: () => void;

  draw(lines: readonly string[]): void {
    if (!this.#taken) return;
    this.#stdout.write(`\u001b[H${lines.map((line) => `${line}\u001b[K`).join('\r\n')}\u001b[J`);
  }

  leave(): void {
    if (!this.#taken) return;
    this.#taken = false;
    this.#release();
    this.#stdin.setRawMode?.(false);
    this.#stdin.pause();
    this.#stdout.write(LEAVE);
    this.#end?.();
  }
}
