/**
 * A disk below a file system, as POSIX lets one be: what is written is in memory until it is synced, file by file; names are
 * in memory until their directory is synced. A power cut keeps of the rest whatever it likes.
 */
import type { Random } from '../random.ts';

const EMPTY = Buffer.alloc(0);

interface Write {
  readonly offset: number;
  readonly bytes: Buffer;
}

export class Inode {
  /** As the system has it. */
  live: Buffer = EMPTY;
  /** As the disk has it. */
  durable: Buffer = EMPTY;
  /** Writes that have not reached the disk, in order. */
  unsynced: Write[] = [];

  write(offset: number, bytes: Buffer): void {
    this.live = put(this.live, offset, bytes);
    this.unsynced.push({ offset, bytes });
  }

  sync(): void {
    for (const { offset, bytes } of this.unsynced) this.durable = put(this.durable, offset, bytes);
    this.unsynced = [];
  }
}

/** Puts bytes into a buffer, which grows with zeros and some room for later writes: its own, not Node's pool. */
function put(target: Buffer, offset: number, bytes: Buffer): Buffer {
  const end = offset + bytes.length;
  let result = target;
  if (end > target.length) {
    const room = target.buffer.byteLength;
    if (target.byteOffset === 0 && end <= room) result = Buffer.from(target.buffer, 0, end);
    else {
      result = Buffer.from(new ArrayBuffer(Math.max(1024, 2 * end)), 0, end);
      result.set(target);
    }
  }
  result.set(bytes, offset);
  return result;
}

type Change = { readonly name: string; readonly inode: Inode | undefined };

/** A failure of the system, as Node throws it. */
export function systemError(code: string, call: string): NodeJS.ErrnoException {
  const error: NodeJS.ErrnoException = new Error(`${code}: simulated, ${call}`);
  error.code = code;
  error.syscall = call;
  return error;
}

export class Disk {
  /** Names as the system has them. */
  readonly names: Map<string, Inode> = new Map();
  readonly directories: Set<string> = new Set(['/']);
  /** Changes with each boot. */
  boot = 'boot-1';
  /** Mean duration of a call that waits for the disk: in ms. */
  latency = 1;
  /** Bytes that all files together may have. */
  capacity: number = Number.POSITIVE_INFINITY;
  /** Share of failures among writes that make a file larger, and among syncs: 0 to 1. */
  writeFailures = 0;
  syncFailures = 0;
  #durableNames = new Map<string, Inode>();
  #changes: Change[] = [];
  #boots = 1;

  get bytes(): number {
    let sum = 0;
    for (const { live } of this.names.values()) sum += live.length;
    return sum;
  }

  create(name: string): Inode {
    const inode = new Inode();
    this.#change({ name, inode });
    return inode;
  }

  remove(name: string): void {
    this.#change({ name, inode: undefined });
  }

  rename(from: string, to: string): void {
    const inode = this.names.get(from);
    if (inode === undefined) throw systemError('ENOENT', 'rename');
    this.#change({ name: to, inode });
    this.#change({ name: from, inode: undefined });
  }

  /** If it fails, names stay for the next sync. */
  syncNames(random: Random): void {
    if (this.syncFailures > 0 && random.chance(this.syncFailures)) throw systemError('EIO', 'fsync');
    for (const change of this.#changes) apply(this.#durableNames, change);
    this.#changes = [];
  }

  /** Writes as much as there is room for. @returns how many bytes that are. @throws the system's error */
  write(inode: Inode, offset: number, bytes: Buffer, random: Random): number {
    const grows = Math.max(0, offset + bytes.length - inode.live.length);
    if (grows > 0 && random.chance(this.writeFailures)) throw systemError('EIO', 'write');
    const room = grows === 0 ? 0 : this.capacity - this.bytes;
    if (grows > 0 && room <= 0) throw systemError('ENOSPC', 'write');
    const fits = grows <= room || grows === 0 ? bytes.length : bytes.length - grows + room;
    if (fits <= 0) throw systemError('ENOSPC', 'write');
    // The buffer is the caller's.
    inode.write(offset, Buffer.from(bytes.subarray(0, fits)));
    return fits;
  }

  /** As Linux has it: what could not be written is no longer tried, and the next sync succeeds without it. */
  sync(inode: Inode, random: Random): void {
    if (random.chance(this.syncFailures)) {
      inode.unsynced = inode.unsynced.filter(() => random.chance(0.5));
      throw systemError('EIO', 'fsync');
    }
    inode.sync();
  }

  /** Cuts the power: any part of any write that was not synced may be on the disk. */
  cutPower(random: Random): void {
    const kept = random.between(0, this.#changes.length);
    for (const change of this.#changes.slice(0, kept)) apply(this.#durableNames, change);
    this.#changes = [];
    const inodes = new Set([...this.names.values(), ...this.#durableNames.values()]);
    const nothing = random.chance(0.3);
    const often = nothing ? 0 : random.pick([0, 0.5, 0.9, 1]);
    const inOrder = random.chance(0.5);
    for (const inode of inodes) {
      for (const { offset, bytes } of inode.unsynced) {
        const all = random.chance(often);
        const part = all ? bytes.length : nothing || random.chance(0.5) ? 0 : random.between(0, bytes.length);
        if (part > 0) inode.durable = put(inode.durable, offset, bytes.subarray(0, part));
        if (!all && inOrder) break;
      }
      inode.unsynced = [];
      inode.live = put(EMPTY, 0, inode.durable);
    }
    this.names.clear();
    for (const [name, inode] of this.#durableNames) this.names.set(name, inode);
    this.boot = `boot-${++this.#boots}`;
  }

  /** Flips a bit of a file. @returns where, or undefined if there is no such byte */
  flipBit(name: string, random: Random): number | undefined {
    const inode = this.names.get(name);
    if (inode === undefined || inode.live.length === 0) return undefined;
    const at = random.between(0, inode.live.length - 1);
    const bit = 1 << random.between(0, 7);
    inode.live[at] = (inode.live[at] as number) ^ bit;
    if (at < inode.durable.length) inode.durable[at] = (inode.durable[at] as number) ^ bit;
    return at;
  }

  #change(change: Change): void {
    apply(this.names, change);
    this.#changes.push(change);
  }
}

function apply(names: Map<string, Inode>, { name, inode }: Change): void {
  if (inode === undefined) names.delete(name);
  else names.set(name, inode);
}
