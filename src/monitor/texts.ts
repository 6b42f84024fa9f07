/** A cache of texts in records: most events belong to few containers. */

/** Words of a cached text: 64 bytes, the longest name. */
const WORDS = 16;

/** Longest cached text: in bytes, without its NUL. */
export const TEXT_BYTES: number = 4 * WORDS;

/**
 * Caches texts by their bytes: a repeated text is the same string. It needs no decoding, its hash
 * is computed already, and it is in memory once.
 *
 * Memory: `slots` texts and 64 bytes for each. Each text has two slots; the most recently read one
 * comes first.
 */
export class Texts {
  readonly #slots: number;
  readonly #keys: Int32Array;
  readonly #texts: (string | undefined)[];
  readonly #words: Int32Array;
  readonly #read: (at: number) => string | undefined;

  /**
   * @param words buffer of the texts, each in sixteen words, padded with zeros
   * @param slots most cached texts: a power of two, 2 or more
   * @param read decodes the text at that word; `undefined` if it must not be cached
   */
  constructor(words: Int32Array, slots: number, read: (at: number) => string | undefined) {
    this.#words = words;
    this.#slots = slots;
    this.#keys = new Int32Array(slots * WORDS);
    this.#texts = Array.from({ length: slots }, () => undefined);
    this.#read = read;
  }

  /** The text at that word; `undefined` if `read` returns `undefined`. */
  at(at: number): string | undefined {
    const slot = hashOf(this.#words, at) & (this.#slots - 2);
    return this.#known(at, slot) ?? this.#known(at, slot + 1) ?? this.#learn(at, slot);
  }

  #known(at: number, slot: number): string | undefined {
    const words = this.#words;
    const keys = this.#keys;
    const key = slot * WORDS;
    for (let i = 0; i < WORDS; i += 4) {
      const one = (keys[key + i]! ^ words[at + i]!) | (keys[key + i + 1]! ^ words[at + i + 1]!);
      const two = (keys[key + i + 2]! ^ words[at + i + 2]!) | (keys[key + i + 3]! ^ words[at + i + 3]!);
      if ((one | two) !== 0) return undefined;
    }
    return this.#texts[slot];
  }

  #learn(at: number, slot: number): string | undefined {
    const text = this.#read(at);
    if (text === undefined) return undefined;
    // The former text moves to the other slot.
    const other = slot + 1;
    const keys = this.#keys;
    keys.copyWithin(other * WORDS, slot * WORDS, (slot + 1) * WORDS);
    keys.set(this.#words.subarray(at, at + WORDS), slot * WORDS);
    this.#texts[other] = this.#texts[slot];
    return (this.#texts[slot] = text);
  }
}

/** Two chains, so that one multiplication does not wait for another. */
function hashOf(words: Int32Array, at: number): number {
  let a = 0;
  let b = 0;
  for (let i = at; i < at + WORDS; i += 2) {
    a = Math.imul(a ^ words[i]!, 0x01000193);
    b = Math.imul(b ^ words[i + 1]!, 0x2c1b3c6d);
  }
  const hash = Math.imul(a ^ (b >>> 7), 0x9e3779b1);
  return hash ^ (hash >>> 15);
}
