/** A small state in a file of the data directory, so that it survives the daemon. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { SchedulerLike, Subscription } from 'rxjs';
import { makeDirectory } from '../make-directory.ts';
import { LaterFormatError, setAside } from '../later-format.ts';
import type { Log } from '../log.ts';
import { isWhole } from '../whole-number.ts';

/** Time between a change and its write, in ms. */
const GATHER = 100;

/**
 * The version of the format of these files: their field `format`. Files of the first versions have
 * no such field.
 */
const FORMAT = 1;

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
  readonly #fields: () => string;
  readonly #name: string;
  #timer: Subscription | undefined;
  #failed = false;

  /**
   * @param fields makes the content from the state of the moment: fields of a JSON object, as text
   * @param name the state in messages, in the plural
   */
  constructor(path: string, options: KeptFileOptions, name: string, fields: () => string) {
    this.path = path;
    this.#options = options;
    this.#name = name;
    this.#fields = fields;
  }

  /**
   * Reads the content. A file that cannot be read is logged and counts as missing; one of a later
   * version is set aside.
   *
   * @param parse throws if it is not the content of such a file
   * @param start how the state begins without the file, for the message
   */
  read<T>(parse: (content: unknown) => T, start: string): T | undefined {
    const { path } = this;
    const { log } = this.#options;
    try {
      const content: unknown = JSON.parse(readFileSync(path, 'utf8'));
      const { format = FORMAT } = content as { format?: unknown };
      if (isWhole(format) && format > FORMAT) throw new LaterFormatError('it', format, FORMAT);
      return parse(content);
    } catch (err) {
      if ((err as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      const { message } = err as Error;
      const aside = err instanceof LaterFormatError ? { aside: setAside(path, err) } : {};
      log.error({ err, path, ...aside }, `${this.#name} cannot be read, and ${start}: ${message}`);
      return undefined;
    }
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
      makeDirectory(dirname(path));
      writeFileSync(temporary, `{"format":${FORMAT},${this.#fields()}}\n`, { mode: 0o600 });
      renameSync(temporary, path);
      this.#failed = false;
    } catch (err) {
      if (!this.#failed) this.#options.log.error({ err, path }, `${this.#name} cannot be written`);
      this.#failed = true;
    }
  }
}
