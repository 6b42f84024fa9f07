/** The names of records, read once for as long as they come again: most events are about few containers. */
import { AT, nameAt } from './record.ts';

/** Names that are remembered at most: a power of two. */
const SLOTS = 4096;

/** Words that a name is compared by; its field is one byte longer, which in a record is a NUL. */
const WORDS = 16;

/**
 * Remembers names by their bytes, so that one that comes again is the same string: nothing is decoded, whoever looks
 * it up finds its hash made, and it is held once however many events have it.
 *
 * Memory: 4,096 names and their bytes, half a megabyte. A name that falls on another's place replaces it.
 */
export class Names {
  readonly #words = new Int32Array(SLOTS * WORDS);
  readonly #names: (string | undefined)[] = Array.from({ length: SLOTS }, () => undefined);
  readonly #bytes: Buffer;
  readonly #view: DataView;

  /** @param bytes where records are read from */
  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** The name of the record that begins at `at`. */
  at(at: number): string {
    const view = this.#view;
    const start = at + AT.name;
    const slot = slotOf(view, start);
    const known = this.#names[slot];
    const words = this.#words;
    const offset = slot * WORDS;
    let i = 0;
    while (i < WORDS && words[offset + i] === view.getInt32(start + 4 * i)) i++;
    if (i === WORDS && known !== undefined) return known;
    for (i = 0; i < WORDS; i++) words[offset + i] = view.getInt32(start + 4 * i);
    return (this.#names[slot] = nameAt(this.#bytes, at));
  }
}

/** Two chains, so that one multiplication does not wait for another. */
function slotOf(view: DataView, start: number): number {
  let a = 0;
  let b = 0;
  for (let i = 0; i < WORDS; i += 2) {
    a = Math.imul(a ^ view.getInt32(start + 4 * i), 0x01000193);
    b = Math.imul(b ^ view.getInt32(start + 4 * i + 4), 0x2c1b3c6d);
  }
  const hash = Math.imul(a ^ (b >>> 7), 0x9e3779b1);
  return (hash ^ (hash >>> 15)) & (SLOTS - 1);
}
