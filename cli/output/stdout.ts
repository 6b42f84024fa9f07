/** Standard output: whole lines, in large writes, and at the pace of its reader. */
import { BehaviorSubject, type Observable } from 'rxjs';
import type { OutputStream } from '../io.ts';

/** Characters that are gathered before they are written without waiting for more. */
const ENOUGH = 32_768;

/**
 * Gathers the lines of one turn of the event loop; says `paused` while they are not taken. A stream that fails is not
 * reported here: the process ends the command then.
 */
export class Output {
  /** Whether the reader is behind: nothing more should be read upstream. */
  readonly paused: Observable<boolean>;
  readonly #paused: BehaviorSubject<boolean> = new BehaviorSubject(false);
  readonly #stream: OutputStream;
  #gathered = '';

  constructor(stream: OutputStream) {
    this.#stream = stream;
    this.paused = this.#paused.asObservable();
    stream.on('drain', () => this.#paused.next(false));
  }

  line(text: string): void {
    this.text(`${text}\n`);
  }

  text(text: string): void {
    if (this.#gathered === '') queueMicrotask(() => this.flush());
    this.#gathered += text;
    if (this.#gathered.length > ENOUGH) this.flush();
  }

  /** Hands on what was gathered. */
  flush(): void {
    const text = this.#gathered;
    this.#gathered = '';
    if (text !== '' && !this.#stream.write(text)) this.#paused.next(true);
  }
}
