/** Sequential writer and reader of whole numbers and texts, in few bytes. */
import { Bytes } from '../../bytes.ts';

/** Length in characters up to which a loop is faster than a call into the runtime. */
const SHORT = 128;
const BEYOND_LATIN1 = /[^\u0000-\u00ff]/; // oxlint-disable-line no-control-regex -- that is where Latin-1 begins

export class ByteWriter extends Bytes {
  /**
   * Writes a whole number from 0 to 2^53 - 1, seven bits a byte, lowest first. Needs 8 bytes of
   * room.
   */
  number(value: number): void {
    const { bytes } = this;
    let at = this.length;
    while (value > 0x7fff_ffff) {
      bytes[at++] = (value % 128) | 128;
      value = Math.floor(value / 128);
    }
    while (value > 127) {
      bytes[at++] = (value & 127) | 128;
      value >>>= 7;
    }
    bytes[at++] = value;
    this.length = at;
  }

  /**
   * Writes any text: one byte a character if that suffices, else two, which keeps lone surrogates.
   */
  text(text: string): void {
    const { length } = text;
    this.room(length * 2 + 8);
    const start = this.length;
    this.number(length * 2);
    if (length > SHORT ? !BEYOND_LATIN1.test(text) : this.#narrow(text)) {
      if (length > SHORT) this.length += this.bytes.write(text, this.length, 'latin1');
      return;
    }
    this.length = start;
    this.number(length * 2 + 1);
    this.length += this.bytes.write(text, this.length, 'utf16le');
  }

  /** Writes a short text at one byte a character; false if a character needs more. */
  #narrow(text: string): boolean {
    const { bytes, length: start } = this;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code > 0xff) return false;
      bytes[start + i] = code;
    }
    this.length = start + text.length;
    return true;
  }
}

/** Reads the bytes of a {@link ByteWriter}. Throws a `RangeError` if the bytes end too early. */
export class ByteReader {
  readonly bytes: Buffer;
  at: number;
  readonly end: number;

  constructor(bytes: Buffer, at = 0, end: number = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  get done(): boolean {
    return this.at >= this.end;
  }

  number(): number {
    const { bytes } = this;
    const first = bytes[this.at] as number;
    if (this.at < this.end && first < 128) {
      this.at++;
      return first;
    }
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      if (this.at >= this.end || scale > 2 ** 49) throw new RangeError('a number without an end');
      const byte = bytes[this.at++] as number;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }

  /** Reads whole numbers below `limit`, which is at most 2^31. */
  numbers(count: number, limit: number): Int32Array {
    if (count > this.end - this.at) throw new RangeError('more numbers than bytes');
    const numbers = new Int32Array(count);
    for (let i = 0; i < count; i++) {
      const value = this.number();
      if (value >= limit) throw new RangeError('a number out of range');
      numbers[i] = value;
    }
    return numbers;
  }

  text(): string {
    const head = this.number();
    const wide = head % 2 === 1;
    const length = Math.floor(head / 2) * (wide ? 2 : 1);
    const start = this.at;
    if (start + length > this.end) throw new RangeError('a truncated text');
    this.at = start + length;
    return this.bytes.toString(wide ? 'utf16le' : 'latin1', start, this.at);
  }
}
