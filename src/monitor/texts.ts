/** Texts of records, read once for as long as they come again: most events are about few containers. */

/** Words that a text is known by: 64 bytes, as long as a name can be. */
const WORDS = 16;

/** How far a known text reaches at most: in bytes, without its NUL. */
export const TEXT_BYTES: number = 4 * WORDS;

/**
 * Remembers texts by their bytes, so that one that comes again is the same string: nothing is decoded, whoever looks
 * it up finds its hash made, and it is held once however many events have it.
 *
 * Memory: `slots` texts and 64 bytes for each. Each has two places, where the one that was read last goes first.
 */
export class Texts {
  readonly #slots: number;
  readonly #keys: Int32Array;
  readonly #texts: (string | undefined)[];
  readonly #words: Int32Array;
  readonly #read: (at: number) => string | undefined;

  /**
   * @param words where texts are, each in sixteen words and zeros behind it
   * @param slots how many are remembered at most: a power of two, 2 or more
   * @param read reads the one that begins at that word; `undefined` where there is none that may be remembered
   */
  constructor(words: Int32Array, slots: number, read: (at: number) => string | undefined) {
    this.#words = words;
    this.#slots = slots;
    this.#keys = new Int32Array(slots * WORDS);
    this.#texts = Array.from({ length: slots }, () => undefined);
    this.#read = read;
  }

  /** The text that begins at that word; `undefined` where `read` says so. */
  at(at: number): string | undefined {
    const slot = hashOf(this.#words, at) & (this.#slots - 2);
    return this.#known(at, slot) ?? this.#known(at, slot + 1) ?? this.#learn(at, slot);
  }

  #known(at: number, slot: number): string | undefined {
    const words = this.#words;
    const keys = this.#keys;
    const key = slot * WORDS;
    for (let i = 0; i < WORDS; i++) if (keys[key + i] !== words[at + i]) return undefined;
    return this.#texts[slot];
  }

  #learn(at: number, slot: number): string | undefined {
    const text = this.#read(at);
    if (text === undefined) return undefined;
    // What was there goes to the other place.
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
