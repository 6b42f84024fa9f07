/** A small state in a file of the data directory, so that it survives the daemon. */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { SchedulerLike, Subscription } from 'rxjs';
import type { Log } from '../log.ts';

/** Time between a change and its write, in ms. */
const GATHER = 100;

export interface KeptFileOptions {
  readonly log: Log;
  readonly scheduler: SchedulerLike;
}

/**
 * Writes a state some time after it changes, in place of the file before. A write that fails is
 * logged once, and the next change writes it again.
 */
export class KeptFile {
  readonly path: string;
  readonly #options: KeptFileOptions;
  readonly #text: () => string;
  readonly #failure: string;
  #timer: Subscription | undefined;
  #failed = false;

  /**
   * @param text makes the content from the state of the moment
   * @param failure the message if it cannot be written
   */
  constructor(path: string, options: KeptFileOptions, text: () => string, failure: string) {
    this.path = path;
    this.#options = options;
    this.#text = text;
    this.#failure = failure;
  }

  /** The state has changed. */
  changed(): void {
    this.#timer ??= this.#options.scheduler.schedule(() => this.#write(), GATHER);
  }

  /** Writes pending changes. */
  close(): void {
    if (this.#timer === undefined) return;
    this.#timer.unsubscribe();
    this.#write();
  }

  #write(): void {
    this.#timer = undefined;
    const { path } = this;
    const temporary = `${path}.new`;
    try {
      mkdirSync(dirname(path), { recursive: true, mode: 0o750 });
      writeFileSync(temporary, this.#text(), { mode: 0o600 });
      renameSync(temporary, path);
      this.#failed = false;
    } catch (err) {
      if (!this.#failed) this.#options.log.error({ err, path }, this.#failure);
      this.#failed = true;
    }
  }
}
