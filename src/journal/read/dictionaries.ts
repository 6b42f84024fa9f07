/** Dictionaries of packed segments, the most recently used ones decoded. */
import { blockAt, KIND } from '../format/block.ts';
import { readDictionary, splitContent } from '../format/dictionary.ts';
import type { Segment } from '../format/segment.ts';
import { Views } from '../format/views.ts';
import type { Store } from '../store/store.ts';

/** Count of dictionaries that are kept: each takes some megabytes with thousands of containers. */
const KEPT = 4;

export class Dictionaries {
  readonly #store: Store;
  readonly #kept = new Map<Segment, Views>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** The dictionary of a segment; undefined if no copy is whole. */
  of(segment: Segment): Views | undefined {
    const views = this.#kept.get(segment) ?? this.#read(segment);
    if (views === undefined) return undefined;
    this.#kept.delete(segment);
    this.#kept.set(segment, views);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > KEPT && oldest !== undefined) this.#kept.delete(oldest);
    return views;
  }

  #read({ name, salt, first, dictionaries = [] }: Segment): Views | undefined {
    for (const { offset, length } of dictionaries) {
      const bytes = this.#store.read(name, offset, length);
      const block = bytes && blockAt(bytes, 0, salt);
      if (bytes === undefined || block?.kind !== KIND.dictionary || block.first !== first) continue;
      try {
        return new Views(readDictionary(splitContent(bytes.subarray(block.start, block.end))));
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
      }
    }
    return undefined;
  }
}
