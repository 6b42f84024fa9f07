/** Standard output: whole lines, in large writes, and at the pace of whoever reads them. */
import { BehaviorSubject, type Observable } from 'rxjs';
import type { OutputStream } from '../io.ts';

/** Characters that are gathered before they are written without waiting for more. */
const ENOUGH = 32_768;

/** Gathers the lines of one turn of the event loop; says `paused` while they are not taken. */
export class Output {
  /** Whether the reader is behind: nothing more should be read upstream. */
  readonly paused: Observable<boolean>;
  readonly #paused: BehaviorSubject<boolean> = new BehaviorSubject(false);
  readonly #stream: OutputStream;
  readonly #onFailure: (error: NodeJS.ErrnoException) => void;
  #gathered = '';
  #failed = false;

  /** @param onFailure told once when nothing can be written any more; `EPIPE`: the reader is gone */
  constructor(stream: OutputStream, onFailure: (error: NodeJS.ErrnoException) => void) {
    this.#stream = stream;
    this.#onFailure = onFailure;
    this.paused = this.#paused.asObservable();
    // Never removed: a write that was under way may fail after we have gone on.
    stream.on('error', (error: NodeJS.ErrnoException) => this.#fail(error));
    stream.on('drain', () => this.#paused.next(false));
  }

  line(text: string): void {
    if (this.#gathered === '') queueMicrotask(() => this.flush());
    this.#gathered += `${text}\n`;
    if (this.#gathered.length > ENOUGH) this.flush();
  }

  /** Hands on what was gathered. */
  flush(): void {
    const text = this.#gathered;
    this.#gathered = '';
    if (text === '' || this.#failed) return;
    if (!this.#stream.write(text)) this.#paused.next(true);
  }

  #fail(error: NodeJS.ErrnoException): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#onFailure(error);
  }
}
