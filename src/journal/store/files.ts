/** A journal's bytes as the files of one directory. */
import { constants, mkdirSync, readdirSync, readSync, openSync, closeSync, statSync } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Piece, Store, StoredFile } from './store.ts';

/**
 * What an acknowledged event survives. `fsync`: a power cut. `os`: a crash of the daemon, since the system has it. `none`:
 * nothing is promised; writes are gathered for longer.
 */
export type Durability = 'fsync' | 'os' | 'none';

/** Files that are kept open for reading, and for writing: one grows at a time. */
const OPEN = 16;
const WRITTEN = 3;

const { O_RDONLY, O_RDWR, O_CREAT } = constants;

export interface FilesOptions {
  readonly durability: Durability;
  /** Nothing is created. */
  readonly readOnly: boolean;
}

/** @throws what the system says when the directory cannot be made or read */
export function openFiles(directory: string, { durability, readOnly }: FilesOptions): Store {
  if (!readOnly) mkdirSync(directory, { recursive: true, mode: 0o750 });
  const readers = new Map<string, number>();
  const writers = new Map<string, FileHandle>();
  const path = (name: string): string => join(directory, name);
  let last: Promise<void> = Promise.resolve();
  const syncs = durability === 'fsync';

  const reader = (name: string): number | undefined => {
    const fd = readers.get(name) ?? openIfThere(path(name));
    if (fd === undefined) return undefined;
    readers.delete(name);
    readers.set(name, fd);
    const [oldest] = readers.keys();
    if (readers.size > OPEN && oldest !== undefined) forget(oldest);
    return fd;
  };
  const forget = (name: string): void => {
    const fd = readers.get(name);
    readers.delete(name);
    if (fd !== undefined) closeSync(fd);
  };
  /** A file's name is as durable as what it names only once its directory is. */
  const syncDirectory = async (): Promise<void> => {
    if (!syncs) return;
    const handle = await open(directory, O_RDONLY);
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  };
  const writer = async (name: string): Promise<FileHandle> => {
    const known = writers.get(name);
    if (known !== undefined) return known;
    const handle = await open(path(name), O_RDWR | O_CREAT, 0o640);
    writers.set(name, handle);
    const [oldest] = writers.keys();
    if (writers.size > WRITTEN && oldest !== undefined) await release(oldest);
    await syncDirectory();
    return handle;
  };
  const release = async (name: string): Promise<void> => {
    const handle = writers.get(name);
    writers.delete(name);
    await handle?.close();
  };

  /** One write at a time: handles are shared. */
  const inTurn = async (task: () => Promise<void>): Promise<void> => {
    const before = last;
    last = (async () => {
      await before.catch(() => undefined);
      await task();
    })();
    await last;
  };

  return {
    list: () =>
      readdirSync(directory)
        .sort()
        .flatMap((name): StoredFile[] => {
          const found = statSync(path(name), { throwIfNoEntry: false });
          return found?.isFile() === true ? [{ name, size: found.size }] : [];
        }),
    read: (name, offset, length) => {
      const fd = reader(name);
      if (fd === undefined) return undefined;
      const bytes = Buffer.allocUnsafe(length);
      let done = 0;
      for (let more = 1; done < length && more > 0; done += more) {
        more = readSync(fd, bytes, done, length - done, offset + done);
      }
      return bytes.subarray(0, done);
    },
    write: async (pieces) =>
      await inTurn(async () => {
        for (const [name, parts] of runs(pieces)) {
          const handle = await writer(name);
          await writeAll(handle, parts);
          if (syncs) await handle.datasync();
        }
      }),
    remove: async (name) => {
      forget(name);
      await inTurn(async () => {
        await release(name);
        await rm(path(name), { force: true });
      });
    },
    setAside: async (name) => {
      forget(name);
      await release(name);
      const aside = `${name}.aside-${new Date().toISOString().replace(/[-:]|\.\d+/g, '')}`;
      await rename(path(name), path(aside));
      return path(aside);
    },
    close: async () => {
      await last.catch(() => undefined);
      for (const name of readers.keys()) forget(name);
      for (const name of writers.keys()) await release(name);
    },
  };
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, O_RDONLY);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Pieces that follow each other in one file, together. */
function runs(pieces: readonly Piece[]): [name: string, parts: Piece[]][] {
  const out: [string, Piece[]][] = [];
  for (const piece of pieces) {
    const last = out.at(-1);
    const end = last?.[1].at(-1);
    if (
      last !== undefined &&
      end !== undefined &&
      last[0] === piece.name &&
      end.offset + end.bytes.length === piece.offset
    ) {
      last[1].push(piece);
    } else out.push([piece.name, [piece]]);
  }
  return out;
}

async function writeAll(handle: FileHandle, parts: readonly Piece[]): Promise<void> {
  let offset = parts[0]?.offset ?? 0;
  let bytes = parts.length === 1 ? (parts[0] as Piece).bytes : Buffer.concat(parts.map((part) => part.bytes));
  while (bytes.length > 0) {
    const { bytesWritten } = await handle.write(bytes, 0, bytes.length, offset);
    offset += bytesWritten;
    bytes = bytes.subarray(bytesWritten);
  }
}
