/**
 * Writes JSON as bytes, piece by piece: lines share most of their text, which need not be encoded
 * again.
 */
import { Bytes } from '../bytes.ts';
import { quote } from './json-text.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const DIGIT = 0x30;
const COLON = 0x3a;
const POINT = 0x2e;
/** Largest small integer of the engine, on every platform. */
const SMALL = 2 ** 30 - 1;

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
    let at = start + count - 1;
    for (; value > SMALL && at >= start; at--) {
      const tens = Math.floor(value / 10);
      bytes[at] = DIGIT + (value - tens * 10);
      value = tens;
    }
    // Division of small whole numbers is much faster.
    for (let rest = value | 0; at >= start; at--) {
      const tens = (rest / 10) | 0;
      bytes[at] = DIGIT + (rest - tens * 10);
      rest = tens;
    }
    this.length = start + count;
  }

  /** Writes a time of day with a point after it, as `11:43:46.`, of its seconds since midnight. */
  clock(seconds: number): void {
    const minutes = (seconds / 60) | 0;
    const hours = (minutes / 60) | 0;
    this.digits(hours, 2);
    this.byte(COLON);
    this.digits(minutes - hours * 60, 2);
    this.byte(COLON);
    this.digits(seconds - minutes * 60, 2);
    this.byte(POINT);
  }
}
