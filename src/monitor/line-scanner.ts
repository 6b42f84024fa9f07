/** Finds lines in bytes that also hold records, parts of records and garbage. */

/** Longest line: in bytes, without its end. Our senders write at most 4,096. */
export const MAX_LINE: number = 64 * 1024;

const TAB = 0x09;
const LINE_FEED = 0x0a;
const RETURN = 0x0d;
const QUOTE = 0x22;
const BRACE = 0x7b;

/** Most braces tried as the beginning of a line in one stretch of text. */
const TRIES = 16;

/** A stretch of text: bytes without control characters other than tabs and carriage returns. */
export interface LineStretch<T> {
  /** Index after its last byte: of a line feed, a record's NUL, or the end of the bytes. */
  readonly end: number;
  /** Index of the line that ends with the stretch; -1 without a line, or while it is unknown. */
  readonly line: number;
  /** The parsed line. */
  readonly value: T | undefined;
}

/** `whole`: a line with its line feed. `partial`: text that more bytes may complete. */
export type LineReading = 'whole' | 'partial' | 'none';

export class LineScanner<T> {
  readonly #bytes: Buffer;
  readonly #end: number;
  readonly #parse: (text: string) => T | undefined;
  #from = 0;
  #last: LineStretch<T> = { end: -1, line: -1, value: undefined };

  /**
   * @param end index after the last byte
   * @param parse parses the text of a line; `undefined` if it is invalid
   */
  constructor(bytes: Buffer, end: number, parse: (text: string) => T | undefined) {
    this.#bytes = bytes;
    this.#end = end;
    this.#parse = parse;
  }

  /** The stretch of text around the byte at `from`, and its line, which begins there or later. */
  stretch(from: number): LineStretch<T> {
    const last = this.#last;
    if (from >= this.#from && from < last.end) {
      return last.line >= from ? last : { ...last, line: -1, value: undefined };
    }
    this.#from = from;
    return (this.#last = this.#find(from));
  }

  /** Looks for a line that begins at `from` or later, before `to`, and ends with a line feed. */
  within(from: number, to: number): LineReading {
    for (let at = this.#brace(from, to); at < to;) {
      const { end, line } = this.stretch(at);
      if (end === this.#end) return this.#mayBegin(at, to) ? 'partial' : 'none';
      if (line >= 0 && line < to && this.#bytes[end] === LINE_FEED) return 'whole';
      at = this.#brace(end + 1, to);
    }
    return 'none';
  }

  #find(from: number): LineStretch<T> {
    const end = endOfText(this.#bytes, from, this.#end);
    if (end < this.#end) {
      for (const line of this.#candidates(from, end)) {
        const value = this.#parse(this.#bytes.toString('utf8', line, end));
        if (value !== undefined) return { end, line, value };
      }
    }
    return { end, line: -1, value: undefined };
  }

  /**
   * The first brace, as usually no bytes precede it; then the last ones, as a line is at the end.
   */
  *#candidates(from: number, end: number): Generator<number> {
    const bytes = this.#bytes;
    const first = this.#brace(Math.max(from, end - MAX_LINE), end);
    if (first === end) return;
    yield first;
    let tries = 1;
    for (let at = end - 1; at > first && tries < TRIES; at--) {
      if (bytes[at] !== BRACE || !this.#opens(at)) continue;
      tries++;
      yield at;
    }
  }

  /**
   * Index of the first brace before `end`; `end` if there is no brace. `indexOf` would search the
   * whole buffer, which takes longer than to read all of its records.
   */
  #brace(from: number, end: number): number {
    let at = from;
    while (at < end && this.#bytes[at] !== BRACE) at++;
    return Math.min(at, end);
  }

  /** Tests whether a key follows the brace, as in every line. */
  #opens(brace: number): boolean {
    let at = brace + 1;
    while (this.#bytes[at] === 0x20 || this.#bytes[at] === TAB) at++;
    return this.#bytes[at] === QUOTE;
  }

  #mayBegin(from: number, to: number): boolean {
    for (let at = from; at < to && at + 1 < this.#end; at++) {
      if (this.#bytes[at] === BRACE && this.#opens(at)) return true;
    }
    return false;
  }
}

/**
 * Index of the first byte that cannot be in a line of JSON: a line feed, or a record's NUL after a
 * truncated write.
 */
function endOfText(bytes: Buffer, at: number, end: number): number {
  let i = at;
  while (i < end && (bytes[i]! >= 0x20 || bytes[i] === TAB || bytes[i] === RETURN)) i++;
  return i;
}
