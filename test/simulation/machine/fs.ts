/** `node:fs` and `node:fs/promises` of a simulated process, as far as simulated code uses them. */
import { constants, type OpenMode } from 'node:fs';
import { promisify } from 'node:util';
import { host } from './current.ts';
import { type Inode, systemError } from './disk.ts';
import { readFifo } from './fifo.ts';
import { EndedError, type Process } from './machine.ts';

interface Descriptor {
  readonly path: string;
  /** Undefined for a directory. */
  readonly inode: Inode | undefined;
  readonly process: Process | undefined;
}

const descriptors = new WeakMap<object, Map<number, Descriptor>>();

/** Open files of the machine. */
function open(): Map<number, Descriptor> {
  const { machine } = host();
  let found = descriptors.get(machine);
  if (found === undefined) descriptors.set(machine, (found = new Map()));
  return found;
}

/** Counts the descriptors that a process has open. */
export function openFiles(process: Process): number {
  return [...open().values()].filter((each) => each.process === process).length;
}

/** Told of each call into the system, which may end the process there. */
let onCall: () => void = () => undefined;

export function setOnCall(callback: () => void): void {
  onCall = callback;
}

function call(): void {
  const { machine } = host();
  if (hasEnded(machine.current)) throw new EndedError();
  onCall();
  if (hasEnded(machine.current)) throw new EndedError();
}

function hasEnded(process: Process | undefined): boolean {
  return process?.alive === false;
}

function at(fd: number): Descriptor {
  const found = open().get(fd);
  if (found === undefined) throw systemError('EBADF', 'fd');
  return found;
}

const BOOT_ID = '/proc/sys/kernel/random/boot_id';

function openSync(path: string, flags: OpenMode = 'r'): number {
  call();
  const { disk, machine } = host();
  const creates = typeof flags === 'number' && (flags & constants.O_CREAT) !== 0;
  let inode = disk.names.get(path);
  if (inode === undefined && !disk.directories.has(path)) {
    if (!creates) throw systemError('ENOENT', 'open');
    if (disk.bytes >= disk.capacity) throw systemError('ENOSPC', 'open');
    inode = disk.create(path);
  }
  const files = open();
  let fd = 3;
  while (files.has(fd)) fd++;
  const { current } = machine;
  files.set(fd, { path, inode, process: current });
  current?.onEnd.add(() => files.delete(fd));
  return fd;
}

function closeSync(fd: number): void {
  open().delete(fd);
}

function writeSync(fd: number, bytes: Buffer, from: number, length: number, position: number): number {
  call();
  const { disk, machine } = host();
  const { inode } = at(fd);
  if (inode === undefined) throw systemError('EISDIR', 'write');
  return disk.write(inode, position, bytes.subarray(from, from + length), machine.random);
}

function readSync(fd: number, target: Buffer, from: number, length: number, position: number): number {
  const count = readFifo(fd, target, from, length);
  if (count !== undefined) return count;
  call();
  const { inode } = at(fd);
  if (inode === undefined) throw systemError('EISDIR', 'read');
  return inode.live.copy(target, from, position, Math.min(position + length, inode.live.length));
}

/** Done when the disk has done it: the calling process may have ended by then. */
function slowly<T>(work: () => T): Promise<T> {
  const { machine, disk } = host();
  return new Promise((resolve, reject) => {
    machine.schedule(machine.random.wait(disk.latency), () => {
      try {
        call();
        resolve(work());
      } catch (error) {
        reject(error);
      }
    });
  });
}

type Done<T> = (error: unknown, value?: T) => void;

/** The same with a callback, as well as for `promisify`. */
function withCallback<A extends readonly unknown[], T>(
  work: (...args: A) => Promise<T>,
): ((...args: [...A, Done<T>]) => void) & { [promisify.custom]: (...args: A) => Promise<T> } {
  const call = (...args: [...A, Done<T>]): void => {
    const done = args.pop() as Done<T>;
    const settle = async (): Promise<void> => {
      try {
        done(null, await work(...(args as unknown as A)));
      } catch (error) {
        done(error);
      }
    };
    void settle();
  };
  return Object.assign(call, { [promisify.custom]: work });
}

/** A write's bytes are there at once, in part: it is the answer that takes its time. */
const write = withCallback(
  async (fd: number, bytes: Buffer, from: number, length: number, position: number) => {
    const bytesWritten = writeSync(fd, bytes, from, length, position);
    await slowly(() => undefined);
    return { bytesWritten, buffer: bytes };
  },
);

const fsync = withCallback(async (fd: number) => {
  await slowly(() => {
    const { disk, machine } = host();
    const { inode } = at(fd);
    if (inode === undefined) disk.syncNames(machine.random);
    else disk.sync(inode, machine.random);
  });
});

interface Found {
  readonly size: number;
  isFile(): boolean;
  isDirectory(): boolean;
  isSocket(): boolean;
}

function statSync(path: string, options?: { readonly throwIfNoEntry?: boolean }): Found | undefined {
  call();
  const { disk } = host();
  const inode = disk.names.get(path);
  const isDirectory = disk.directories.has(path);
  if (inode === undefined && !isDirectory) {
    if (options?.throwIfNoEntry === false) return undefined;
    throw systemError('ENOENT', 'stat');
  }
  return {
    size: inode?.live.length ?? 0,
    isFile: () => inode !== undefined,
    isDirectory: () => isDirectory,
    isSocket: () => false,
  };
}

function readFileSync(path: string, encoding?: BufferEncoding): Buffer | string {
  call();
  const { disk } = host();
  const bytes = path === BOOT_ID ? Buffer.from(`${disk.boot}\n`) : disk.names.get(path)?.live;
  if (bytes === undefined) throw systemError('ENOENT', 'open');
  return encoding === undefined ? bytes : bytes.toString(encoding);
}

/** `node:fs`. */
export const fake: Readonly<Record<string, unknown>> = {
  constants,
  openSync,
  closeSync,
  writeSync,
  readSync,
  write,
  fsync,
  fdatasync: fsync,
  statSync,
  readFileSync,
  existsSync: (path: string) => host().disk.names.has(path) || host().disk.directories.has(path),
  mkdirSync: (path: string) => {
    call();
    const parts = path.split('/');
    for (let i = 1; i <= parts.length; i++) host().disk.directories.add(parts.slice(0, i).join('/') || '/');
  },
  readdirSync: (path: string) => {
    call();
    const prefix = `${path}/`;
    return [...host().disk.names.keys()]
      .filter((name) => name.startsWith(prefix))
      .map((name) => name.slice(prefix.length));
  },
  realpathSync: () => {
    throw systemError('ENOENT', 'realpath');
  },
};

/** `node:fs/promises`. */
export const fakePromises: Readonly<Record<string, unknown>> = {
  constants,
  rm: async (path: string) =>
    await slowly(() => {
      if (host().disk.names.has(path)) host().disk.remove(path);
    }),
  rename: async (from: string, to: string) => await slowly(() => host().disk.rename(from, to)),
};
