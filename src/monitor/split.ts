/** Splits the data in the FIFO into records, lines, and other bytes. */
import { LineScanner, MAX_LINE } from './line-scanner.ts';
import { readingAt } from './record-check.ts';
import { RECORD_SIZE } from './record.ts';

/** Receives the pieces, in order. */
export interface Pieces<T> {
  /** Parses a line; `undefined` if it is invalid: its bytes are then discarded. */
  parse(text: string): T | undefined;
  line(value: T): void;
  /**
   * Takes the record at that byte if it is plain; otherwise returns false, and other tests follow.
   */
  plain(at: number, end: number): boolean;
  /** Takes the record that begins at that byte. */
  record(bytes: Buffer, at: number): void;
  /** Called with a count of consecutive discarded bytes. */
  discarded(count: number): void;
}

const LINE_FEED = 0x0a;
const RETURN = 0x0d;
const BRACE = 0x7b;

/**
 * Splits the bytes up to `end`, which begin after those of the last call.
 *
 * @param more true if further bytes are readable already: a record that is cut off at `end` is then
 *   not judged yet. Otherwise a whole line inside its present part proves that the rest will not
 *   come
 * @returns count of processed bytes; the rest is the beginning of a piece, of at most {@link
 *   MAX_LINE} bytes, for the next call
 */
export function split<T>(bytes: Buffer, end: number, pieces: Pieces<T>, more: boolean = false): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, end);
  const lines = new LineScanner(bytes, end, (text) => pieces.parse(text));
  let at = 0;
  let done = 0;

  const discard = (): void => {
    if (at > done) pieces.discarded(at - done);
  };
  /** Tests whether the bytes suffice to judge the data after a brace. */
  const line = (): boolean => {
    const stretch = lines.stretch(at);
    if (stretch.end === end && end - at <= MAX_LINE) return false;
    if (stretch.line < 0) {
      // No record begins in text.
      at = stretch.end < end ? stretch.end : end - MAX_LINE;
      return true;
    }
    at = stretch.line;
    discard();
    pieces.line(stretch.value as T);
    at = done = stretch.end;
    return true;
  };

  while (at < end) {
    if (at === done && pieces.plain(at, end)) {
      done = at += RECORD_SIZE;
      continue;
    }
    const byte = bytes[at];
    if (byte === BRACE) {
      if (!line()) break;
    } else if (at === done && (byte === LINE_FEED || byte === RETURN)) {
      done = ++at; // The end of a line, or an empty line.
    } else {
      const reading = readingAt(view, at, end, (from, to) => lines.within(from, to), more);
      if (reading === 'partial') break;
      if (reading === 'none') {
        at++;
        continue;
      }
      discard();
      pieces.record(bytes, at);
      done = at += RECORD_SIZE;
    }
  }
  discard();
  return at;
}
