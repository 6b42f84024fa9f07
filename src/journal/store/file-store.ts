/** Stores a journal as files in one directory. */
import {
  closeSync,
  constants,
  fdatasync,
  fsync,
  readdirSync,
  readFileSync,
  readSync,
  statSync,
  write,
  writeSync,
} from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { nowNano } from '../../clock.ts';
import { format } from '../../instant.ts';
import { makeDirectory } from '../../make-directory.ts';
import { Reserve } from './descriptors.ts';
import type { Piece, Store, StoredFile } from './store.ts';

/**
 * Failures that an acknowledged event survives. `fsync`: a power cut. `os`: a crash of the daemon,
 * since the system has the event. `none`: no failure; writes are gathered for longer.
 */
export type Durability = 'fsync' | 'os' | 'none';

/** Files kept open: for reading, and for writing, of which one grows at a time. */
const READ = 16;
const WRITTEN = 3;
/** Descriptors in reserve: for a segment, the numbers, a snapshot, and a reader. */
const RESERVED = 4;

const { O_RDONLY, O_RDWR, O_CREAT } = constants;
const BOOT_ID = '/proc/sys/kernel/random/boot_id';

const writeAt = promisify(write);
const syncData = promisify(fdatasync);
const syncAll = promisify(fsync);

export interface FilesOptions {
  readonly durability: Durability;
  /** True if the store may create no file. */
  readonly readOnly: boolean;
}

/** @throws the system's error if the directory cannot be made or read */
export function openFiles(directory: string, { durability, readOnly }: FilesOptions): Store {
  if (!readOnly) makeDirectory(directory);
  return new Files(directory, durability === 'fsync', readOnly);
}

interface Written {
  readonly fd: number;
  /** True if data was written since the last sync. */
  dirty: boolean;
}

class Files implements Store {
  readonly boot: string | undefined;
  readonly #directory: string;
  readonly #syncs: boolean;
  readonly #reserve: Reserve;
  /** Open files, the most recently used last. */
  readonly #readers = new Map<string, number>();
  readonly #writers = new Map<string, Written>();
  /** The open directory, for syncs of its entries. */
  readonly #entries: number | undefined;
  #entriesDirty = false;
  #last: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(directory: string, syncs: boolean, readOnly: boolean) {
    this.#directory = directory;
    this.#syncs = syncs;
    this.#reserve = new Reserve(directory, readOnly ? 0 : RESERVED);
    this.#entries = readOnly || !syncs ? undefined : this.#reserve.open(directory, O_RDONLY);
    this.boot = readOnly ? undefined : bootId();
  }

  list(): readonly StoredFile[] {
    return readdirSync(this.#directory)
      .sort()
      .flatMap((name): StoredFile[] => {
        const found = statSync(this.#path(name), { throwIfNoEntry: false });
        return found?.isFile() === true ? [{ name, size: found.size }] : [];
      });
  }

  read(name: string, offset: number, length: number): Buffer | undefined {
    const fd = this.#closed ? undefined : this.#reader(name);
    if (fd === undefined) return undefined;
    const bytes = Buffer.allocUnsafe(length);
    let done = 0;
    for (let more = 1; done < length && more > 0; done += more) {
      more = readSync(fd, bytes, done, length - done, offset + done);
    }
    return bytes.subarray(0, done);
  }

  put(pieces: readonly Piece[]): void {
    for (const { name, parts, offset } of runsOf(pieces)) {
      const writer = this.#writer(name);
      writer.dirty = true;
      let bytes = joined(parts);
      for (let at = offset; bytes.length > 0;) {
        const count = writeSync(writer.fd, bytes, 0, bytes.length, at);
        at += count;
        bytes = bytes.subarray(count);
      }
    }
  }

  async write(pieces: readonly Piece[]): Promise<void> {
    await this.#inTurn(async () => {
      for (const { name, parts, offset } of runsOf(pieces)) {
        const writer = this.#writer(name);
        writer.dirty = true;
        let bytes = joined(parts);
        for (let at = offset; bytes.length > 0;) {
          const { bytesWritten } = await writeAt(writer.fd, bytes, 0, bytes.length, at);
          at += bytesWritten;
          bytes = bytes.subarray(bytesWritten);
        }
        await this.#sync(writer);
      }
      for (const writer of this.#writers.values()) await this.#sync(writer);
      await this.#syncEntries();
      const settled = [...this.#writers].filter(([, { dirty }]) => !dirty);
      for (const [name] of settled.slice(0, -WRITTEN)) this.#release(name);
    });
  }

  async remove(name: string): Promise<void> {
    this.#forget(name);
    await this.#inTurn(async () => {
      this.#release(name);
      await rm(this.#path(name), { force: true });
    });
  }

  async setAside(name: string): Promise<string> {
    this.#forget(name);
    const aside = `${name}.aside-${format(nowNano(), { digits: 0 }).replaceAll(/[-:]/g, '')}`;
    await this.#inTurn(async () => {
      this.#release(name);
      await rename(this.#path(name), this.#path(aside));
    });
    return this.#path(aside);
  }

  async close(): Promise<void> {
    await this.#last.catch(() => undefined);
    if (this.#closed) return;
    this.#closed = true;
    for (const name of [...this.#readers.keys()]) this.#forget(name);
    for (const name of [...this.#writers.keys()]) this.#release(name);
    if (this.#entries !== undefined) closeSync(this.#entries);
    this.#reserve.close();
  }

  #path(name: string): string {
    return join(this.#directory, name);
  }

  #reader(name: string): number | undefined {
    const fd = this.#readers.get(name) ?? this.#openIfThere(name);
    if (fd === undefined) return undefined;
    this.#readers.delete(name);
    this.#readers.set(name, fd);
    const [oldest] = this.#readers.keys();
    if (this.#readers.size > READ && oldest !== undefined) this.#forget(oldest);
    return fd;
  }

  #openIfThere(name: string): number | undefined {
    try {
      return this.#reserve.open(this.#path(name), O_RDONLY);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  #forget(name: string): void {
    const fd = this.#readers.get(name);
    this.#readers.delete(name);
    if (fd !== undefined) closeSync(fd);
  }

  #writer(name: string): Written {
    if (this.#closed) throw new Error('the journal is closed');
    const open = this.#writers.get(name);
    if (open !== undefined) return open;
    const writer = { fd: this.#reserve.open(this.#path(name), O_RDWR | O_CREAT, 0o640), dirty: false };
    this.#writers.set(name, writer);
    this.#entriesDirty = true;
    return writer;
  }

  #release(name: string): void {
    const writer = this.#writers.get(name);
    this.#writers.delete(name);
    if (writer !== undefined) closeSync(writer.fd);
  }

  async #sync(writer: Written): Promise<void> {
    if (!writer.dirty) return;
    writer.dirty = false;
    if (!this.#syncs) return;
    try {
      await syncData(writer.fd);
    } catch (error) {
      writer.dirty = true;
      throw error;
    }
  }

  /** A file's name is durable only after a sync of its directory. */
  async #syncEntries(): Promise<void> {
    if (!this.#entriesDirty || this.#entries === undefined) return;
    this.#entriesDirty = false;
    try {
      await syncAll(this.#entries);
    } catch (error) {
      this.#entriesDirty = true;
      throw error;
    }
  }

  /** Runs one write at a time: descriptors are shared. */
  async #inTurn(task: () => Promise<void>): Promise<void> {
    const before = this.#last;
    this.#last = (async () => {
      await before.catch(() => undefined);
      await task();
    })();
    await this.#last;
  }
}

/** The identity of the current boot; undefined if the system states none. */
function bootId(): string | undefined {
  try {
    return readFileSync(BOOT_ID, 'latin1').trim();
  } catch {
    return undefined;
  }
}

interface Run {
  readonly name: string;
  readonly offset: number;
  readonly parts: Uint8Array[];
  end: number;
}

/** Joins consecutive pieces of one file. */
function runsOf(pieces: readonly Piece[]): Run[] {
  const runs: Run[] = [];
  for (const { name, offset, bytes } of pieces) {
    const last = runs.at(-1);
    if (last?.name === name && last.end === offset) {
      last.parts.push(bytes);
      last.end += bytes.length;
    } else runs.push({ name, offset, parts: [bytes], end: offset + bytes.length });
  }
  return runs;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts);
}
