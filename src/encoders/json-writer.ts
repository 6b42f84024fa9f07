/**
 * Writes JSON as bytes, piece by piece: lines share most of their text, which need not be encoded
 * again.
 */
import { Bytes } from '../bytes.ts';
import { quote } from './json-text.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const DIGIT = 0x30;

export class JsonWriter extends Bytes {
  /** Writes a character of ASCII. */
  byte(code: number): void {
    this.room(1);
    this.bytes[this.length++] = code;
  }

  /** Writes a text that is pure ASCII. */
  ascii(text: string): void {
    const { length } = text;
    this.room(length);
    const { bytes, length: at } = this;
    for (let i = 0; i < length; i++) bytes[at + i] = text.charCodeAt(i);
    this.length = at + length;
  }

  /** Writes any text, without quotes. */
  text(text: string): void {
    this.room(text.length * 3);
    this.length += this.bytes.write(text, this.length, 'utf8');
  }

  /** Writes a text as {@link quote} does. */
  quoted(text: string): void {
    const { length } = text;
    this.room(length + 2);
    const { bytes, length: start } = this;
    let at = start;
    bytes[at++] = QUOTE;
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code < 0x20 || code > 0x7e || code === QUOTE || code === BACKSLASH) return this.text(quote(text));
      bytes[at++] = code;
    }
    bytes[at++] = QUOTE;
    this.length = at;
  }

  /** Writes a whole number from 0 to 2^53 - 1. */
  decimal(value: number): void {
    let digits = 1;
    for (let next = 10; next <= value; next *= 10) digits++;
    this.digits(value, digits);
  }

  /** Writes the last digits of a whole number from 0 to 2^53 - 1. */
  digits(value: number, count: number): void {
    this.room(count);
    const { bytes, length: start } = this;
    for (let at = start + count - 1; at >= start; at--) {
      const tens = Math.floor(value / 10);
      bytes[at] = DIGIT + (value - tens * 10);
      value = tens;
    }
    this.length = start + count;
  }
}
