/** Splits a byte stream into JSON objects. */

/** An object's text, or the known part of an object that was left out. */
export type JsonPiece =
  | { readonly text: string }
  | {
      /** The reason, for people. */
      readonly lost: string;
      /** Its first bytes: enough to recognize a repetition. */
      readonly head: string;
    };

/** Most characters of a lost object that are kept to recognize it. */
const HEAD = 256;
/** Bytes of a string after which its plain part is skipped at once: labels can have megabytes. */
const LONG = 64;
/** Size to which the buffer shrinks after a larger object, except in a list: in bytes. */
const USUAL = 64 * 1024;

const code = (char: string): number => char.charCodeAt(0);
const NEWLINE = code('\n');
const QUOTE = code('"');
const BACKSLASH = code('\\');
const OPEN_BRACE = code('{');
const CLOSE_BRACE = code('}');
const OPEN_BRACKET = code('[');
const CLOSE_BRACKET = code(']');
/** Space, tab, CR, LF, and the record separator of `application/json-seq` (RFC 7464). */
const BETWEEN = new Set([0x20, 0x09, 0x0d, NEWLINE, 0x1e]);
/** The same, with the characters around the elements of an array. */
const OF_LIST = new Set([...BETWEEN, OPEN_BRACKET, CLOSE_BRACKET, code(',')]);

/**
 * Joins chunks to objects, by bytes: a chunk may end inside a character, and may hold many objects
 * or a part of one; separators are optional. Holds one unfinished object of at most `limit` bytes;
 * a larger one is skipped to its end. A line feed inside a string is not JSON and means that the
 * writer was cut off: the object is dropped, and the next one begins after the line feed.
 */
export class JsonObjects {
  readonly #limit: number;
  readonly #between: ReadonlySet<number>;
  readonly #isList: boolean;
  /** The latest byte between objects, spaces aside. */
  #last = 0;
  #held: Buffer = Buffer.allocUnsafe(USUAL);
  /** Bytes of the unfinished object that are held, and its full size. */
  #length = 0;
  #size = 0;
  #depth = 0;
  #inString = false;
  #escaped = false;

  /**
   * @param limit the largest object: in bytes. Default 4 MiB.
   * @param list true if the objects are the elements of an array. Default false.
   */
  constructor(limit: number = 4 * 1024 * 1024, list = false) {
    this.#limit = limit;
    this.#isList = list;
    this.#between = list ? OF_LIST : BETWEEN;
  }

  /**
   * Takes the next chunk and returns the objects that it completes.
   *
   * @throws Error if there is other data between objects
   */
  push(chunk: Buffer): JsonPiece[] {
    const pieces: JsonPiece[] = [];
    let start = 0;
    /** Bytes of strings since the last skip. */
    let plain = 0;
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i]!;
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false;
        else if (byte === BACKSLASH) this.#escaped = true;
        else if (byte === QUOTE) this.#inString = false;
        if (byte === NEWLINE) {
          this.#append(chunk, start, i);
          pieces.push(this.#lost('an event that breaks off in the middle'));
          start = i + 1;
        } else if (this.#inString && !this.#escaped && ++plain === LONG) {
          i = plainEnd(chunk, i + 1) - 1;
          plain = 0;
        }
      } else if (this.#depth === 0) {
        if (byte === OPEN_BRACE) {
          this.#depth = 1;
          start = i;
        } else if (!this.#between.has(byte)) {
          throw new Error(
            `expected JSON objects, got ${JSON.stringify(chunk.toString('latin1', i, i + 40))}`,
          );
        } else if (!BETWEEN.has(byte)) this.#last = byte;
      } else if (byte === QUOTE) {
        this.#inString = true;
        plain = 0;
      } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) this.#depth++;
      else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        if (--this.#depth === 0) {
          this.#last = byte;
          this.#append(chunk, start, i + 1);
          pieces.push(this.#finish());
        }
      }
    }
    if (this.#depth > 0) this.#append(chunk, start, chunk.length);
    return pieces;
  }

  /** True if the stream so far ends in the middle of an object. */
  get isInside(): boolean {
    return this.#depth > 0;
  }

  /**
   * Takes the end of the stream.
   *
   * @throws Error if it is inside of an object, or before the end of the list
   */
  end(): void {
    if (this.#depth > 0) throw new Error('the answer ends in the middle of an object');
    if (this.#isList && this.#last !== CLOSE_BRACKET)
      throw new Error('the answer ends in the middle of a list');
  }

  #finish(): JsonPiece {
    if (this.#size > this.#limit) {
      return this.#lost(`an event of ${this.#size} bytes, more than the ${this.#limit} that are read`);
    }
    const text = this.#held.toString('utf8', 0, this.#length);
    this.#reset();
    return { text };
  }

  #lost(lost: string): JsonPiece {
    const head = `${this.#size} ${this.#held.toString('latin1', 0, Math.min(HEAD, this.#length))}`;
    this.#reset();
    return { lost, head };
  }

  /** Appends a part of the unfinished object, up to the limit. */
  #append(chunk: Buffer, start: number, end: number): void {
    this.#size += end - start;
    const room = Math.min(end - start, this.#limit - this.#length);
    if (this.#length + room > this.#held.length) {
      const larger = Buffer.allocUnsafe(Math.min(this.#limit, 2 * (this.#length + room)));
      this.#held.copy(larger, 0, 0, this.#length);
      this.#held = larger;
    }
    this.#length += chunk.copy(this.#held, this.#length, start, start + room);
  }

  #reset(): void {
    if (this.#held.length > USUAL && !this.#isList) this.#held = Buffer.allocUnsafe(USUAL);
    this.#length = 0;
    this.#size = 0;
    this.#depth = 0;
    this.#inString = false;
    this.#escaped = false;
  }
}

/** The first quote, backslash or line feed from there on, or the end. */
function plainEnd(chunk: Buffer, from: number): number {
  const quote = chunk.indexOf(QUOTE, from);
  const end = quote === -1 ? chunk.length : quote;
  const rest = chunk.subarray(from, end);
  const first = [BACKSLASH, NEWLINE].map((byte) => rest.indexOf(byte)).filter((at) => at !== -1);
  return first.length === 0 ? end : from + Math.min(...first);
}
