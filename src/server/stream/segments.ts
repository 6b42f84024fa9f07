/** Memory shared by many connections: reused unless a connection still needs it. */

/** Bytes of a segment: a stalled connection can hold one. */
const SEGMENT = 64 * 1024;

export interface Segment {
  readonly bytes: Buffer;
  /** Bytes in use. */
  used: number;
  /** Contents, as stated by their user. */
  readonly contents: number[];
  /** True if a connection needs the bytes for an unknown time: they are never overwritten. */
  kept: boolean;
}

/**
 * A queue of segments. A new segment replaces the oldest one and reuses its bytes if it can. The
 * garbage collector would be slower: memory outside its heap makes it run often, and each run
 * visits all events.
 */
export class Segments {
  readonly #most: number;
  readonly #dropped: (segment: Segment) => void;
  readonly #segments: Segment[] = [];
  #size = 0;

  /**
   * @param most bytes to hold, plus at most one segment and the kept ones
   * @param dropped called with a segment whose content is gone
   */
  constructor(most: number, dropped: (segment: Segment) => void) {
    this.#most = most;
    this.#dropped = dropped;
  }

  /** The segment with that many free bytes. */
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

  /** Drops the excess; returns the bytes of a segment of that size if no connection needs them. */
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
