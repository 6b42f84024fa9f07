/** The Bloom filters of chunks: those of packed chunks are read when they are asked for. */
import { isPackedKey, mayContain } from '../format/bloom-filter.ts';
import { filterIn, filterPart } from '../format/packed-chunk.ts';
import type { ChunkEntry, Segment } from '../format/segment.ts';
import type { Store } from '../store/store.ts';

/** Keys of which an event has at least one. */
export type Keys = readonly string[];

export class Filters {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /**
   * Tests whether a chunk may hold events with one key of each list. Keys of actions and labels are
   * only in the filters of packed chunks: other chunks may always hold them.
   */
  mayContain(segment: Segment, entry: ChunkEntry, lists: readonly Keys[]): boolean {
    const { ownFilter } = entry;
    if (ownFilter === undefined) {
      const { filter } = entry;
      return (
        filter === undefined || lists.every((keys) => keys.some(isPackedKey) || mayContain(filter, keys))
      );
    }
    const filter = this.#read(segment, entry, ownFilter);
    return filter === undefined || lists.every((keys) => mayContain(filter, keys));
  }

  /** @returns undefined if it cannot be read: the chunk may then hold anything */
  #read(segment: Segment, entry: ChunkEntry, length: number): Uint8Array | undefined {
    try {
      const part = this.#store.read(segment.name, entry.offset, filterPart(length));
      return part && filterIn(part, length, segment.salt);
    } catch {
      // Reading the chunk itself reports the error.
      return undefined;
    }
  }
}
