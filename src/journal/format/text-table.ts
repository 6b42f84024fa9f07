/**
 * A list of texts as bytes. Ids and hashes, which are half of all text, take one byte for two
 * digits; they lie apart from the other texts, since no compression makes them smaller.
 */
import { type ByteReader, ByteWriter } from './byte-stream.ts';

/** Forms of a text: one byte a character, two bytes a character, two digits a byte. */
const LATIN1 = 0;
const UTF16 = 1;
const HEX = 2;

/** Lower-case hexadecimal digits, at least this many, in pairs. */
const DIGITS = /^(?:[0-9a-f]{2}){8,}$/;
const BEYOND_LATIN1 = /[^\u0000-\u00ff]/; // oxlint-disable-line no-control-regex -- that is where Latin-1 begins

/** Writes the texts: lengths and characters to `out`, digits to `digits`. */
export function writeTexts(texts: readonly string[], out: ByteWriter, digits: ByteWriter): void {
  const plain = new ByteWriter(1024);
  out.room(16 + texts.length * 8);
  out.number(texts.length);
  for (const text of texts) {
    const { length } = text;
    if (DIGITS.test(text)) {
      out.number((length >> 1) * 4 + HEX);
      digits.room(length >> 1);
      digits.length += digits.bytes.write(text, digits.length, 'hex');
    } else {
      const form = BEYOND_LATIN1.test(text) ? UTF16 : LATIN1;
      out.number(length * 4 + form);
      plain.room(length * 2);
      plain.length += plain.bytes.write(text, plain.length, form === UTF16 ? 'utf16le' : 'latin1');
    }
  }
  out.append(plain.bytes.subarray(0, plain.length));
}

/** Reads texts. @throws RangeError if the bytes end too early */
export function readTexts(from: ByteReader, digits: Buffer): TextTable {
  return new TextTable(from, digits);
}

/** Texts that are made when they are asked for. */
class TextTable {
  readonly length: number;
  readonly #bytes: Buffer;
  readonly #digits: Buffer;
  readonly #starts: Float64Array;
  readonly #heads: Float64Array;
  /** Made on first use: most tables of chunks are never used. */
  #texts: (string | undefined)[] | undefined;

  constructor(from: ByteReader, digits: Buffer) {
    const count = from.number();
    if (count > from.end - from.at) throw new RangeError('more texts than bytes');
    this.length = count;
    this.#bytes = from.bytes;
    this.#digits = digits;
    this.#heads = new Float64Array(count);
    this.#starts = new Float64Array(count);
    for (let i = 0; i < count; i++) this.#heads[i] = from.number();
    let { at } = from;
    let digit = 0;
    for (let i = 0; i < count; i++) {
      const head = this.#heads[i] as number;
      const [length, form] = [Math.floor(head / 4), head % 4];
      this.#starts[i] = form === HEX ? digit : at;
      if (form === HEX) digit += length;
      else at += form === UTF16 ? length * 2 : length;
    }
    if (at > from.end || digit > digits.length) throw new RangeError('a truncated text');
    from.at = at;
  }

  /** The text with that index. @throws RangeError if there is no such text */
  get(index: number): string {
    const texts = (this.#texts ??= Array.from({ length: this.length }));
    return texts[index] ?? (texts[index] = this.#make(index));
  }

  #make(index: number): string {
    const head = this.#heads[index];
    if (head === undefined) throw new RangeError('a reference to an undefined text');
    const [length, form] = [Math.floor(head / 4), head % 4];
    const start = this.#starts[index] as number;
    if (form === HEX) return this.#digits.toString('hex', start, start + length);
    if (form === UTF16) return this.#bytes.toString('utf16le', start, start + length * 2);
    return this.#bytes.toString('latin1', start, start + length);
  }
}
