/** A container's log, from `GET /containers/{id}/logs`. */
import { StringDecoder } from 'node:string_decoder';
import { endWith, map, type Observable, scan, takeLast, takeWhile } from 'rxjs';

/** Longer lines are cut and end with `…`: UTF-16 code units. */
const LONGEST_LINE = 4096;

/** Most bytes read of an answer. */
const LONGEST = 64 * 1024 * 1024;

/**
 * Bytes before each piece of output: stream (1), padding (3), length (4, big endian). See "attach"
 * in Docker's API.
 */
const HEADER = 8;

/**
 * The newest lines of a log: emits once.
 *
 * @param chunks the body of the answer
 * @param lines count of lines, 1 or more
 */
export function lastLines(chunks: Observable<Buffer>, lines: number): Observable<readonly string[]> {
  const log = new LogLines(lines);
  const unframe = unframer();
  return chunks.pipe(
    scan((size, chunk) => {
      for (const piece of unframe(chunk)) log.add(piece);
      return size + chunk.length;
    }, 0),
    takeWhile((size) => size < LONGEST),
    endWith(0),
    takeLast(1),
    map(() => {
      log.add(unframe.rest());
      return log.end();
    }),
  );
}

/**
 * Splits a stream of framed output into its pieces. A terminal's output has no headers and passes
 * unchanged.
 */
function unframer(): { (chunk: Buffer): readonly Buffer[]; rest(): Buffer } {
  let header = Buffer.alloc(0);
  let left = 0;
  const split = (chunk: Buffer): readonly Buffer[] => {
    const pieces: Buffer[] = [];
    let at = 0;
    while (at < chunk.length) {
      if (left > 0) {
        const piece = chunk.subarray(at, left === Number.POSITIVE_INFINITY ? undefined : at + left);
        pieces.push(piece);
        left -= piece.length;
        at += piece.length;
      } else {
        const part = chunk.subarray(at, at + HEADER - header.length);
        header = Buffer.concat([header, part]);
        at += part.length;
        if (header.length < HEADER) continue;
        if (isHeader(header)) left = header.readUInt32BE(4);
        else {
          pieces.push(header);
          left = Number.POSITIVE_INFINITY;
        }
        header = Buffer.alloc(0);
      }
    }
    return pieces;
  };
  // A terminal's output can be shorter than a header.
  return Object.assign(split, {
    rest: () => (isHeader(Buffer.concat([header, Buffer.alloc(HEADER)])) ? Buffer.alloc(0) : header),
  });
}

function isHeader(bytes: Buffer): boolean {
  return (bytes[0] ?? 9) <= 2 && bytes.readUIntBE(1, 3) === 0;
}

/** Keeps the newest lines, each cut to a length. Both streams share it, as on a terminal. */
class LogLines {
  readonly #most: number;
  readonly #decoder = new StringDecoder('utf8');
  #lines: string[] = [];
  #line = '';

  constructor(most: number) {
    this.#most = most;
  }

  add(bytes: Buffer): void {
    const parts = this.#decoder.write(bytes).split('\n');
    for (const [i, part] of parts.entries()) {
      if (i > 0) this.#push();
      if (this.#line.length <= LONGEST_LINE)
        this.#line += part.slice(0, LONGEST_LINE + 1 - this.#line.length);
    }
  }

  end(): readonly string[] {
    if (this.#line !== '') this.#push();
    return this.#lines.slice(-this.#most);
  }

  #push(): void {
    const line = this.#line.replace(/\r$/, '');
    this.#lines.push(line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}…` : line);
    if (this.#lines.length > 2 * this.#most) this.#lines = this.#lines.slice(-this.#most);
    this.#line = '';
  }
}
