/** Splits a byte stream into lines. */

const NEWLINE = 0x0a;

/** Joins chunks to lines. Holds one unfinished line of at most `limit` bytes. */
export class LineSplitter {
  readonly #limit: number;
  #held: Buffer[] = [];
  #size = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * Takes the next chunk and returns the lines that it completes, without their ends. Empty lines
   * are left out.
   *
   * @throws RangeError if a line exceeds the limit
   */
  push(chunk: Buffer): string[] {
    const lines: string[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      this.#hold(chunk.subarray(start, end));
      const line = (this.#held.length === 1 ? this.#held[0] : Buffer.concat(this.#held))?.toString('utf8');
      if (line !== undefined && line !== '') lines.push(line);
      this.#held = [];
      this.#size = 0;
      start = end + 1;
    }
    if (start < chunk.length) this.#hold(chunk.subarray(start));
    return lines;
  }

  #hold(part: Buffer): void {
    this.#size += part.length;
    if (this.#size > this.#limit) throw new RangeError(`a line of more than ${this.#limit} bytes`);
    this.#held.push(part);
  }
}
