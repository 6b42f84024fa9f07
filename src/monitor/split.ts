/** Takes apart what comes through the FIFO: records, lines, and bytes that are neither. */
import { Lines, MAX_LINE } from './lines.ts';
import { readingAt } from './plausible.ts';
import { RECORD_SIZE } from './record.ts';

/** Receives the pieces, in order. */
export interface Pieces<T> {
  /** Reads a line; `undefined` if it is not a valid one: then its bytes are discarded. */
  parse(text: string): T | undefined;
  line(said: T): void;
  /** Takes the record at that byte if it can be seen at once that there is one: else it is looked at in another way. */
  plain(at: number, end: number): boolean;
  /** A record begins at that byte. */
  record(bytes: Buffer, at: number): void;
  /** So many bytes in a row were discarded. */
  discarded(count: number): void;
}

const LINE_FEED = 0x0a;
const RETURN = 0x0d;
const BRACE = 0x7b;

/**
 * Takes apart the bytes up to `end`, which begin where the last call left off.
 *
 * @param more whether further bytes are there to be read already: then what is cut off at `end` is not judged yet.
 * Otherwise a whole line inside of a part of a record shows that the rest of the record will not come
 * @returns how many are done with; the rest is the beginning of a piece, of at most {@link MAX_LINE} bytes, to be given
 * again with what comes after it
 */
export function split<T>(bytes: Buffer, end: number, pieces: Pieces<T>, more: boolean = false): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, end);
  const lines = new Lines(bytes, end, (text) => pieces.parse(text));
  let at = 0;
  let done = 0;

  const discard = (): void => {
    if (at > done) pieces.discarded(at - done);
  };
  /** Whether the bytes are enough to tell what begins with the brace. */
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
    pieces.line(stretch.said as T);
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
      done = ++at; // The end of a line, or an empty one.
    } else {
      const reading = readingAt(view, at, end, (from, to) => (more ? 'none' : lines.within(from, to)));
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
