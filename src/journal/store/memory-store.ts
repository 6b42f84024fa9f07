/** A journal in memory: for one that is read once and thrown away. */
import { ByteWriter } from '../format/byte-stream.ts';
import type { Store } from './store.ts';

const BEGIN = 1024;

/** Makes an empty store in memory. */
export function memoryStore(): Store {
  const files = new Map<string, ByteWriter>();
  return {
    list: () =>
      [...files]
        .map(([name, { length }]) => ({ name, size: length }))
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
    read: (name, offset, length) => {
      const file = files.get(name);
      return file?.bytes.subarray(offset, Math.min(offset + length, file.length));
    },
    write: async (pieces) => {
      for (const { name, offset, bytes } of pieces) {
        const file = files.get(name) ?? new ByteWriter(BEGIN);
        files.set(name, file);
        file.room(Math.max(0, offset + bytes.length - file.length));
        // As a file system does: bytes that were never written are 0.
        if (offset > file.length) file.bytes.fill(0, file.length, offset);
        file.bytes.set(bytes, offset);
        file.length = Math.max(file.length, offset + bytes.length);
      }
    },
    remove: async (name) => void files.delete(name),
    setAside: async (name) => {
      files.delete(name);
      return 'nowhere';
    },
    close: async () => files.clear(),
  };
}
