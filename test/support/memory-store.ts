/** A journal's store in memory, which can lose power, run full and be damaged. */
import type { Piece, Store } from '../../src/journal/store/store.ts';

export interface MemoryStore extends Store {
  readonly files: Map<string, Buffer>;
  /** While set, nothing is written, but for this many bytes of the first piece. */
  failure: { readonly error: Error; readonly bytes: number } | undefined;
  /** While true, writes wait. */
  hold(): void;
  release(): void;
  /** What a new process would find had the power gone now: of what was being written, the first `bytes`. */
  afterPowerCut(bytes: number): MemoryStore;
}

export function memoryStore(files: Map<string, Buffer> = new Map()): MemoryStore {
  let held: Promise<void> | undefined;
  let release: () => void = () => undefined;
  let underway: readonly Piece[] = [];
  const apply = (target: Map<string, Buffer>, { name, offset, bytes }: Piece): void => {
    const old = target.get(name) ?? Buffer.alloc(0);
    const size = Math.max(old.length, offset + bytes.length);
    const next = Buffer.alloc(size);
    old.copy(next);
    next.set(bytes, offset);
    target.set(name, next);
  };
  const store: MemoryStore = {
    files,
    failure: undefined,
    list: () =>
      [...files]
        .map(([name, { length }]) => ({ name, size: length }))
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
    read: (name, offset, length) => {
      const bytes = files.get(name);
      return bytes && Buffer.from(bytes.subarray(offset, offset + length));
    },
    write: async (pieces) => {
      // What is written is what the bytes are now.
      underway = pieces.map((piece) => ({ ...piece, bytes: Buffer.from(piece.bytes) }));
      await held;
      if (store.failure !== undefined) {
        const [first] = underway;
        if (first !== undefined)
          apply(files, { ...first, bytes: first.bytes.subarray(0, store.failure.bytes) });
        throw store.failure.error;
      }
      for (const piece of underway) apply(files, piece);
      underway = [];
    },
    remove: async (name) => void files.delete(name),
    setAside: async (name) => {
      const bytes = files.get(name);
      files.delete(name);
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
      const copy = new Map([...files].map(([name, content]) => [name, Buffer.from(content)]));
      let left = bytes;
      for (const piece of underway) {
        apply(copy, { ...piece, bytes: piece.bytes.subarray(0, Math.max(0, left)) });
        left -= piece.bytes.length;
        if (left <= 0) break;
      }
      return memoryStore(copy);
    },
  };
  return store;
}
