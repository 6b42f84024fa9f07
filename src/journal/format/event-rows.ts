/**
 * Events of a chunk as rows of references to its texts, which are made only when they are asked
 * for. See `EventEncoder` for the bytes.
 */
import type { Instant } from '../../instant.ts';
import type { ByteReader } from './byte-stream.ts';
import { DEFINED, FIRST, UNDEFINED } from './event-codec.ts';
import { instantOf, isInstant } from './ranges.ts';

/** Reference of a field that is `undefined`. */
export const ABSENT = -1;

/** Greatest distance of a time from {@link Rows.base} that is exact: in ns. */
const EXACT = 2 ** 52;

export class Rows {
  /**
   * References of the last event: type and scope, action, id, name, engine, endpoint and identity,
   * then key and value of each attribute.
   */
  readonly fields: number[] = [];
  /** Its count of attributes. */
  attributes = 0;
  /** Its time: `base` + `offset`, in ns. */
  base: Instant = 0n;
  offset = 0;
  readonly #bytes: Buffer[] = [];
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  readonly #wide: boolean[] = [];
  readonly #texts: (string | undefined)[] = [];

  /** Count of texts so far. */
  get length(): number {
    return this.#starts.length;
  }

  /** The text of a reference. */
  get(reference: number): string {
    const known = this.#texts[reference];
    if (known !== undefined) return known;
    const form = this.#wide[reference] === true ? 'utf16le' : 'latin1';
    const bytes = this.#bytes[reference] as Buffer;
    return (this.#texts[reference] = bytes.toString(form, this.#starts[reference], this.#ends[reference]));
  }

  /**
   * Reads the next event of a part.
   *
   * @throws RangeError or SyntaxError if the part is damaged
   */
  read(part: ByteReader): void {
    const { fields } = this;
    this.#readTime(part);
    fields[0] = this.#given(part);
    fields[1] = this.#given(part);
    fields[2] = this.#given(part);
    fields[3] = this.#reference(part);
    fields[4] = this.#given(part);
    fields[5] = this.#reference(part);
    const count = part.number();
    if (count > part.end - part.at) throw new RangeError('more attributes than bytes');
    this.attributes = count;
    for (let i = 0, at = 6; i < count; i++) {
      fields[at++] = this.#given(part);
      fields[at++] = this.#given(part);
    }
  }

  #readTime(part: ByteReader): void {
    const code = part.number();
    if (code === 0) {
      this.base = instantOf(this.get(this.#given(part)));
      this.offset = 0;
      return;
    }
    this.offset += code % 2 === 1 ? (code - 1) / 2 : -(code / 2);
    if (this.offset < EXACT && this.offset > -EXACT) return;
    this.base += BigInt(this.offset);
    this.offset = 0;
    if (!isInstant(this.base)) throw new RangeError('a time out of range');
  }

  #given(part: ByteReader): number {
    const reference = this.#reference(part);
    if (reference === ABSENT) throw new RangeError('a missing text');
    return reference;
  }

  #reference(part: ByteReader): number {
    const reference = part.number();
    if (reference === UNDEFINED) return ABSENT;
    if (reference === DEFINED) return this.#define(part);
    if (reference - FIRST >= this.#starts.length) throw new RangeError('a reference to an undefined text');
    return reference - FIRST;
  }

  #define(part: ByteReader): number {
    const head = part.number();
    const isWide = head % 2 === 1;
    const start = part.at;
    const end = start + Math.floor(head / 2) * (isWide ? 2 : 1);
    if (end > part.end) throw new RangeError('a truncated text');
    part.at = end;
    this.#bytes.push(part.bytes);
    this.#ends.push(end);
    this.#wide.push(isWide);
    this.#texts.push(undefined);
    return this.#starts.push(start) - 1;
  }
}
