/** Memory for what many connections send: used over and over, unless somebody still needs it. */

/** Bytes that are taken at a time: what one connection that stands still can hold on to. */
const SEGMENT = 64 * 1024;

export interface Segment {
  readonly bytes: Buffer;
  /** Bytes that are taken. */
  used: number;
  /** What they are taken for: whoever takes them says. */
  readonly contents: number[];
  /** Somebody needs the bytes for as long as they like: they are never written again. */
  kept: boolean;
}

/**
 * A queue of segments, the oldest of which makes room for a new one: in the same bytes when it can. To leave them to
 * the garbage collector instead has it look at all events again and again, as memory outside its heap is what hurries it.
 */
export class Segments {
  readonly #most: number;
  readonly #dropped: (segment: Segment) => void;
  readonly #segments: Segment[] = [];
  #size = 0;

  /**
   * @param most bytes to hold: a segment more at most, and those that are kept
   * @param dropped what was in a segment is gone
   */
  constructor(most: number, dropped: (segment: Segment) => void) {
    this.#most = most;
    this.#dropped = dropped;
  }

  /** The segment in which the next so many bytes are free. */
  with(length: number): Segment {
    const newest = this.#segments.at(-1);
    if (newest !== undefined && newest.used + length <= newest.bytes.length) return newest;
    const size = Math.ceil(length / SEGMENT) * SEGMENT;
    const bytes = this.#room(size) ?? Buffer.allocUnsafeSlow(size);
    const segment: Segment = { bytes, used: 0, contents: [], kept: false };
    this.#segments.push(segment);
    this.#size += size;
    return segment;
  }

  /** Drops what is too much; gives the bytes of a segment of that size if nobody needs them. */
  #room(size: number): Buffer | undefined {
    let bytes: Buffer | undefined;
    while (this.#size + size > this.#most && this.#segments.length > 0) {
      const oldest = this.#segments.shift() as Segment;
      this.#size -= oldest.bytes.length;
      this.#dropped(oldest);
      if (!oldest.kept && oldest.bytes.length === size) ({ bytes } = oldest);
    }
    return bytes;
  }
}
