/** Events as bytes: encoded once in each format, and shared by all readers of the same events. */
import type { EngineEvent } from '../../event.ts';
import { type Encode, EncodedLines } from './encoded-lines.ts';

/** Most bytes of blocks that are held. */
const HELD = 16 * 1024 * 1024;

/** Most bytes of a segment, unless a block is larger: a stalled connection can hold one. */
const SEGMENT = 64 * 1024;
/** Least bytes of a segment. */
const LEAST = 1024;

/** Bytes around a block. */
export interface Framing {
  /** Count of bytes before the block. */
  readonly head: number;
  /** Count of bytes after the block. */
  readonly tail: number;
  /** Writes both. */
  write(bytes: Buffer): void;
}

const bare: Framing = { head: 0, tail: 0, write: () => undefined };

interface Block {
  readonly events: readonly EngineEvent[];
  readonly bytes: Buffer;
  readonly segment: Segment;
}

/** Memory of several blocks, shared by many connections. */
interface Segment {
  readonly bytes: Buffer;
  used: number;
  /** First event numbers of its blocks. */
  readonly firsts: number[];
  /** True if a connection needs the bytes for an unknown time: they are never overwritten. */
  kept: boolean;
}

/**
 * Lines and blocks of one format. Readers of one stream request the same runs of events repeatedly:
 * up-to-date readers the newest events, catching-up readers whole blocks of the past.
 *
 * A new segment takes the bytes of the oldest one if it can. The garbage collector would be slower:
 * memory outside its heap makes it run often, and each run visits all events.
 *
 * Memory: 4 MiB of lines and 16 MiB of blocks, and the segments that connections need.
 */
export class Blocks {
  readonly #lines: EncodedLines;
  readonly #framing: Framing;
  /** By the number of the first event. */
  readonly #blocks = new Map<number, Block>();
  readonly #segments: Segment[] = [];
  readonly #segment: number;
  #held = 0;

  /**
   * @param framing of each block. Default: no framing
   * @param share most bytes that one connection should hold. Default: no limit
   */
  constructor(encode: Encode, framing: Framing = bare, share: number = SEGMENT) {
    this.#lines = new EncodedLines(encode);
    this.#framing = framing;
    this.#segment = Math.max(LEAST, Math.min(SEGMENT, share));
  }

  /** The bytes of these events, at least one. They stay unchanged. */
  of(events: readonly EngineEvent[]): Buffer {
    const { segment, bytes } = this.#blockOf(events);
    segment.kept = true;
    return bytes;
  }

  /**
   * Lends the bytes of these events, at least one, for the duration of a call.
   *
   * @param take returns true if it still needs the bytes; otherwise they are overwritten later
   */
  lend(events: readonly EngineEvent[], take: (bytes: Buffer) => boolean): void {
    const { segment, bytes } = this.#blockOf(events);
    if (take(bytes)) segment.kept = true;
  }

  #blockOf(events: readonly EngineEvent[]): Block {
    const first = (events[0] as EngineEvent).seq;
    const kept = this.#blocks.get(first);
    if (kept !== undefined && sameEvents(kept.events, events)) return kept;
    const { head, tail } = this.#framing;
    const length = head + this.#lines.find(events) + tail;
    const segment = this.#segmentFor(length);
    const bytes = segment.bytes.subarray(segment.used, segment.used + length);
    segment.used += length;
    this.#lines.copy(bytes, head);
    this.#framing.write(bytes);
    const block = { events, bytes, segment };
    this.#blocks.set(first, block);
    segment.firsts.push(first);
    return block;
  }

  /** A segment with that many free bytes: the newest one, or a new one. */
  #segmentFor(length: number): Segment {
    const newest = this.#segments.at(-1);
    if (newest !== undefined && newest.used + length <= newest.bytes.length) return newest;
    const size = Math.ceil(length / this.#segment) * this.#segment;
    let bytes: Buffer | undefined;
    while (this.#held + size > HELD && this.#segments.length > 0) {
      const oldest = this.#segments.shift() as Segment;
      this.#held -= oldest.bytes.length;
      for (const first of oldest.firsts)
        if (this.#blocks.get(first)?.segment === oldest) this.#blocks.delete(first);
      if (!oldest.kept && oldest.bytes.length === size) ({ bytes } = oldest);
    }
    bytes ??= Buffer.allocUnsafeSlow(size);
    const segment: Segment = { bytes, used: 0, firsts: [], kept: false };
    this.#segments.push(segment);
    this.#held += size;
    return segment;
  }
}

function sameEvents(a: readonly EngineEvent[], b: readonly EngineEvent[]): boolean {
  return a.length === b.length && a.every((event, i) => event === b[i]);
}
