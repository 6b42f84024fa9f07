/** Standard output: writes whole lines in large pieces, at the pace of its reader. */
import { BehaviorSubject, type Observable } from 'rxjs';
import type { OutputStream } from '../io.ts';

/** Characters that are written at once instead of gathered. */
const ENOUGH = 32_768;

/**
 * Gathers the lines of one turn of the event loop; `paused` is true while the reader lags. A
 * failing stream is not reported here: the process then ends the command.
 */
export class Output {
  /** True while the reader lags: read nothing more upstream. */
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

  /** Writes the gathered lines. */
  flush(): void {
    const text = this.#gathered;
    this.#gathered = '';
    if (text !== '' && !this.#stream.write(text)) this.#paused.next(true);
  }
}
