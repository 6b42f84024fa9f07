/** Takes apart what comes through the FIFO: records, lines, and bytes that are neither. */
import { readingAt } from './plausible.ts';
import { RECORD_SIZE } from './record.ts';

/** The longest line that is read: in bytes, without its end. What our senders write has at most 4,096. */
export const MAX_LINE: number = 64 * 1024;

/** Who is told of the pieces, in order. */
export interface Pieces<T> {
  /** What a line says, or `undefined` where it makes no sense: then its bytes are discarded. */
  parse(text: string): T | undefined;
  line(said: T): void;
  /** Takes the record at that byte if it can be seen at once that there is one: else it is looked at in another way. */
  plain(at: number, end: number): boolean;
  /** A record begins at that byte. */
  record(bytes: Buffer, at: number): void;
  /** So many bytes in a row were discarded. */
  discarded(count: number): void;
}

const TAB = 0x09;
const LINE_FEED = 0x0a;
const RETURN = 0x0d;
const BRACE = 0x7b;

/** How many braces in one line are tried as its beginning when what comes before them is discarded. */
const TRIES = 16;

/**
 * Takes apart the bytes up to `end`, which begin where the last call left off.
 *
 * @returns how many are done with; the rest is the beginning of a piece, of at most {@link MAX_LINE} bytes, to be given
 * again with what comes after it
 */
export function split<T>(bytes: Buffer, end: number, pieces: Pieces<T>): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, end);
  let at = 0;
  let done = 0;
  let lineEnd = -1;
  let tries = 0;

  const discard = (): void => {
    if (at > done) pieces.discarded(at - done);
  };
  /** Whether the bytes are enough to tell what begins with the brace. */
  const line = (): boolean => {
    if (lineEnd < at) {
      lineEnd = endOfLine(bytes, at, end);
      tries = 0;
    }
    const fits = lineEnd - at <= MAX_LINE;
    if (fits && lineEnd === end) return false;
    const said = fits && tries++ < TRIES ? pieces.parse(bytes.toString('utf8', at, lineEnd)) : undefined;
    if (said === undefined) {
      at++;
      return true;
    }
    discard();
    pieces.line(said);
    at = done = lineEnd;
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
      const reading = readingAt(view, at, end);
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

/** The first byte that JSON on one line cannot have: a line feed, or where a writer broke off, a record's NUL. */
function endOfLine(bytes: Buffer, at: number, end: number): number {
  let i = at;
  while (i < end && (bytes[i]! >= 0x20 || bytes[i] === TAB || bytes[i] === RETURN)) i++;
  return i;
}
