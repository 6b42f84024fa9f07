/** What the events of a chunk are about, small enough to ask of each chunk before reading it. */
import type { EngineEvent, EventSource } from '../event.ts';

/** Bits for each key, and how many of them it sets: about 1 in 100 questions is answered with yes for nothing. */
const BITS_PER_KEY = 10;
const HASHES = 7;
/** Bytes of the largest filter: a chunk with very many keys is read for nothing more often. */
const LARGEST = 4096;

/** Digits of an id that are its key: as many as the shortest prefix that a name pattern can be. */
const ID = 12;

/** What one can ask for: an exact name, an id or at least 12 digits of one. */
export function keysOfName(name: string): readonly string[] {
  return name.length > ID ? [name, name.slice(0, ID)] : [name];
}

/** The key of a source. */
export function keyOfSource({ engine, endpoint }: EventSource): string {
  return `\u0000${engine}\u0000${endpoint ?? ''}`;
}

/** Gathers the keys of the events of one chunk. */
export class Keys {
  readonly #keys = new Set<string>();
  #source: EventSource | undefined;
  #id = '';
  #name: string | undefined;

  add(event: EngineEvent): void {
    const { id, name, source } = event;
    // What follows each other is mostly about the same.
    if (id !== this.#id) this.#keys.add((this.#id = id).slice(0, ID));
    if (name !== this.#name && name !== undefined) this.#keys.add((this.#name = name));
    if (source !== this.#source) this.#keys.add(keyOfSource((this.#source = source)));
    if (event.action === 'rename') {
      const before = event.attributes['oldName'];
      if (before !== undefined) this.#keys.add(before.replace(/^\//, ''));
    }
  }

  /** A Bloom filter of them. */
  toFilter(): Uint8Array {
    const size = Math.min(LARGEST, Math.ceil((this.#keys.size * BITS_PER_KEY) / 8));
    const filter = new Uint8Array(size);
    const bits = size * 8;
    for (const key of this.#keys) {
      const a = hashOf(key);
      const b = stepOf(a);
      for (let i = 0; i < HASHES; i++) {
        const bit = ((a + Math.imul(i, b)) >>> 0) % bits;
        filter[bit >> 3] = (filter[bit >> 3] as number) | (1 << (bit & 7));
      }
    }
    return filter;
  }
}

/** Whether the chunk can be about one of the keys; never false when it is. */
export function mayBeAbout(filter: Uint8Array, keys: readonly string[]): boolean {
  return filter.length === 0 || keys.some((key) => has(filter, key));
}

function has(filter: Uint8Array, key: string): boolean {
  const bits = filter.length * 8;
  const a = hashOf(key);
  const b = stepOf(a);
  for (let i = 0; i < HASHES; i++) {
    const bit = ((a + Math.imul(i, b)) >>> 0) % bits;
    if (((filter[bit >> 3] as number) & (1 << (bit & 7))) === 0) return false;
  }
  return true;
}

/** FNV-1a over UTF-16 code units. */
function hashOf(key: string): number {
  let hash = 0x811c_9dc5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x0100_0193);
  return hash;
}

/** From the first bit to the next: odd, so that it visits all. */
function stepOf(hash: number): number {
  return Math.imul(hash ^ (hash >>> 15), 0x2c1b_3c6d) | 1;
}
