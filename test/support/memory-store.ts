/** A journal's store in memory, which can lose power or its process, run full and be damaged. */
import type { Piece, Store } from '../../src/journal/store/store.ts';
import { isWhole } from '../../src/whole-number.ts';

export interface MemoryStore extends Store {
  /** Content as the system has it. */
  readonly files: Map<string, Buffer>;
  put(pieces: readonly Piece[]): void;
  /** While set, nothing is written, except this many bytes of the first piece. */
  failure: { readonly error: Error; readonly bytes: number } | undefined;
  /** While true, writes wait. */
  hold(): void;
  release(): void;
  /**
   * The store of a new process after a power cut now: it has the first `bytes` of the data that was
   * not durable.
   */
  afterPowerCut(bytes: number): MemoryStore;
  /** The store of a new process after the end of this one: the system has all that was put. */
  afterKill(): MemoryStore;
}

let boots = 0;

export function memoryStore(
  files: Map<string, Buffer> = new Map(),
  boot: string = `boot-${++boots}`,
): MemoryStore {
  let held: Promise<void> | undefined;
  let release: () => void = () => undefined;
  let durable = copyOf(files);
  /** Pieces that the system has and the disk has not. */
  let cached: Piece[] = [];
  const apply = (target: Map<string, Buffer>, { name, offset, bytes }: Piece): void => {
    const old = target.get(name) ?? Buffer.alloc(0);
    const size = Math.max(old.length, offset + bytes.length);
    if (size > old.length) target.set(name, grown(old, size));
    target.get(name)?.set(bytes, offset);
  };
  const take = (pieces: readonly Piece[]): void => {
    const [first] = pieces;
    if (store.failure !== undefined && first !== undefined) {
      apply(files, { ...first, bytes: first.bytes.subarray(0, store.failure.bytes) });
      throw store.failure.error;
    }
    for (const piece of pieces) {
      // Copies the bytes in their present state.
      const taken = { ...piece, bytes: Buffer.from(piece.bytes) };
      apply(files, taken);
      cached.push(taken);
    }
  };
  const store: MemoryStore = {
    files,
    boot,
    failure: undefined,
    list: () =>
      [...files]
        .map(([name, { length }]) => ({ name, size: length }))
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
    read: (name, offset, length) => {
      // A system takes no other numbers.
      if (!isWhole(offset) || !isWhole(length) || length > 2 ** 32)
        throw new RangeError(`${length} bytes of ${name} from ${offset}`);
      const bytes = files.get(name);
      return bytes && Buffer.from(bytes.subarray(offset, offset + length));
    },
    put: take,
    write: async (pieces) => {
      const copies = pieces.map((piece) => ({ ...piece, bytes: Buffer.from(piece.bytes) }));
      const before = cached.length;
      await held;
      if (store.failure !== undefined && pieces.length === 0) throw store.failure.error;
      take(copies);
      // Pieces that were put during this write are not durable by it.
      const since = cached.splice(before, cached.length - before - copies.length);
      for (const piece of cached) apply(durable, piece);
      cached = since;
    },
    remove: async (name) => {
      files.delete(name);
      durable.delete(name);
      cached = cached.filter((piece) => piece.name !== name);
    },
    setAside: async (name) => {
      const bytes = files.get(name);
      await store.remove(name);
      if (bytes !== undefined) files.set(`${name}.aside`, bytes);
      return `${name}.aside`;
    },
    close: async () => undefined,
    hold: () => {
      held = new Promise((resolve) => (release = resolve));
    },
    release: () => {
      held = undefined;
      release();
    },
    afterPowerCut: (bytes) => {
      const copy = copyOf(durable);
      let left = bytes;
      for (const piece of cached) {
        apply(copy, { ...piece, bytes: piece.bytes.subarray(0, Math.max(0, left)) });
        left -= piece.bytes.length;
        if (left <= 0) break;
      }
      return memoryStore(copy);
    },
    afterKill: () => memoryStore(copyOf(files), boot),
  };
  return store;
}

function copyOf(files: ReadonlyMap<string, Buffer>): Map<string, Buffer> {
  return new Map([...files].map(([name, content]) => [name, Buffer.from(content)]));
}

/** The same bytes and zeros behind them, in place if there is room behind the buffer. */
function grown(old: Buffer, size: number): Buffer {
  const room = rooms.get(old.buffer);
  if (
    room !== undefined &&
    old.byteOffset === 0 &&
    old.length === room.length &&
    size <= old.buffer.byteLength
  ) {
    room.length = size;
    return Buffer.from(old.buffer, 0, size);
  }
  const next = Buffer.from(new ArrayBuffer(size * 2), 0, size);
  next.set(old);
  rooms.set(next.buffer, { length: size });
  return next;
}

/** The length of the newest buffer in each. */
const rooms = new WeakMap<ArrayBufferLike, { length: number }>();
