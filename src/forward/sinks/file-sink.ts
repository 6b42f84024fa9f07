/** NDJSON in a file, with rotation. */
import { constants } from 'node:fs';
import { type FileHandle, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute } from 'node:path';
import { Observable } from 'rxjs';
import { z } from 'zod';
import { oneOf, size } from '../../checked-file/setting-fields.ts';
import type { Outcome } from '../../delivery/outcome.ts';
import { encodeEvent } from '../../encoders/ndjson-event.ts';
import type { Item, Sink, SinkKind } from '../sink.ts';

interface FileOptions {
  readonly path: string;
  /** Largest file, in bytes. */
  readonly size: number;
  /** Count of former files that are kept: `….1` is the newest. */
  readonly keep: number;
  /** True if a batch counts as delivered only when it is on disk. */
  readonly sync: boolean;
}

const SIZES = { least: 4096, largest: 2 ** 40 };

export const file: SinkKind<FileOptions> = {
  options: z.preprocess(
    (value) => (typeof value === 'string' ? { path: value } : value),
    z
      .strictObject({
        path: z.string().refine(isAbsolute, 'must be an absolute path'),
        size: size(SIZES).optional(),
        keep: z.int().min(0).max(1000).optional(),
        sync: oneOf(['true', 'false']).optional(),
      })
      .transform(({ path, size: most = 100 * 2 ** 20, keep = 5, sync = 'true' }) => ({
        ...{ path, size: most, keep, sync: sync === 'true' },
      })),
  ),
  describe: ({ path }) => path,
  open: (options) => new FileSink(options),
};

/** Bytes read at a time to find the end of the last whole line. */
const BLOCK = 64 * 1024;

interface Opened {
  readonly handle: FileHandle;
  readonly ino: number;
  readonly dev: number;
  /** Bytes of whole lines. */
  size: number;
}

class FileSink implements Sink {
  readonly encode: typeof encodeEvent = encodeEvent;
  readonly #options: FileOptions;
  #opened: Opened | undefined;
  /**
   * The end of the last attempt. One that was given up may still write, so the next one waits for
   * it: two of them would cut each other's lines.
   */
  #turn: Promise<void> = Promise.resolve();

  constructor(options: FileOptions) {
    this.#options = options;
  }

  send(items: readonly Item[]): Observable<Outcome> {
    return new Observable((subscriber) => {
      const attempt = async (): Promise<void> => {
        if (subscriber.closed) return;
        try {
          subscriber.next(await this.#append(Buffer.from(items.map(({ text }) => `${text}\n`).join(''))));
          subscriber.complete();
        } catch (error) {
          subscriber.error(error);
        }
      };
      this.#turn = this.#turn.then(attempt);
    });
  }

  async close(): Promise<void> {
    this.#turn = this.#turn.then(async () => await this.#release());
    await this.#turn;
  }

  async #release(): Promise<void> {
    const { handle } = this.#opened ?? {};
    this.#opened = undefined;
    await handle?.close().catch(() => undefined);
  }

  async #append(lines: Buffer): Promise<Outcome> {
    const { path, size: most, sync } = this.#options;
    let opened = await this.#open();
    if (opened.size > 0 && opened.size + lines.length > most) {
      await this.#rotate();
      opened = await this.#open();
    }
    try {
      await opened.handle.appendFile(lines);
      if (sync) await opened.handle.datasync();
    } catch (error) {
      // A part of a line must not stay: the batch is written again as a whole.
      await opened.handle.truncate(opened.size).catch(() => undefined);
      await this.#release();
      throw error;
    }
    opened.size += lines.length;
    return { result: 'done', detail: `it was appended to ${path}`, retry: false };
  }

  /** The open file; another one if its name leads elsewhere now, as after a rotation by others. */
  async #open(): Promise<Opened> {
    const { path } = this.#options;
    const now = this.#opened;
    if (now !== undefined) {
      const there = await stat(path).catch(() => undefined);
      if (there?.ino === now.ino && there.dev === now.dev && there.size === now.size) return now;
      await this.#release();
    }
    // A FIFO without a reader must not block.
    const flags = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT;
    const handle = await open(path, flags | constants.O_NOFOLLOW | constants.O_NONBLOCK, 0o640);
    try {
      const stats = await handle.stat();
      const { ino, dev, size: bytes } = stats;
      if (!stats.isFile()) throw new Error(`${path} is not a regular file`);
      const whole = await wholeLines(handle, bytes);
      if (whole < bytes) await handle.truncate(whole);
      return (this.#opened = { handle, ino, dev, size: whole });
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  async #rotate(): Promise<void> {
    const { path, keep } = this.#options;
    await this.#release();
    if (keep === 0) return await rm(path, { force: true });
    const names = new Set(await readdir(dirname(path)));
    const former = (i: number): string => (i === 0 ? path : `${path}.${i}`);
    // Files up to the first free number move.
    let free = 1;
    while (free < keep && names.has(basename(former(free)))) free++;
    for (let i = free; i > 0; i--) {
      await rename(former(i - 1), former(i)).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error;
      });
    }
  }
}

/** Length of the file up to its last line end: a process that was killed may have left a part. */
async function wholeLines(handle: FileHandle, length: number): Promise<number> {
  const block = Buffer.alloc(BLOCK);
  for (let end = length; end > 0;) {
    const start = Math.max(0, end - BLOCK);
    const { bytesRead } = await handle.read(block, 0, end - start, start);
    const last = block.subarray(0, bytesRead).lastIndexOf(0x0a);
    if (last >= 0) return start + last + 1;
    end = start;
  }
  return 0;
}
