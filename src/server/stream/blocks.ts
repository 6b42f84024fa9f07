/** Events as bytes: encoded once in each format, and shared by all readers of the same events. */
import type { EngineEvent } from '../../event.ts';
import { type Encode, KnownLines } from './known-lines.ts';
import { type Segment, Segments } from './segments.ts';

/** Most bytes of blocks that are held. */
const HELD = 16 * 1024 * 1024;

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

/**
 * Lines and blocks of one format. Readers of one stream request the same runs of events repeatedly:
 * up-to-date readers the newest events, catching-up readers whole blocks of the past.
 *
 * Memory: 4 MiB of lines and 16 MiB of blocks.
 */
export class Blocks {
  readonly #lines: KnownLines;
  readonly #framing: Framing;
  /** By the number of the first event. */
  readonly #blocks = new Map<number, Block>();
  readonly #segments = new Segments(HELD, (segment) => this.#forget(segment));

  /** @param framing of each block. Default: no framing */
  constructor(encode: Encode, framing: Framing = bare) {
    this.#lines = new KnownLines(encode);
    this.#framing = framing;
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

  /** A segment's contents are the first event numbers of its blocks. */
  #blockOf(events: readonly EngineEvent[]): Block {
    const first = (events[0] as EngineEvent).seq;
    const known = this.#blocks.get(first);
    if (known !== undefined && sameEvents(known.events, events)) return known;
    const { head, tail } = this.#framing;
    const length = head + this.#lines.find(events) + tail;
    const segment = this.#segments.with(length);
    const bytes = segment.bytes.subarray(segment.used, segment.used + length);
    segment.used += length;
    this.#lines.copy(bytes, head);
    this.#framing.write(bytes);
    const block = { events, bytes, segment };
    this.#blocks.set(first, block);
    segment.contents.push(first);
    return block;
  }

  #forget(segment: Segment): void {
    for (const first of segment.contents) {
      if (this.#blocks.get(first)?.segment === segment) this.#blocks.delete(first);
    }
  }
}

function sameEvents(a: readonly EngineEvent[], b: readonly EngineEvent[]): boolean {
  return a.length === b.length && a.every((event, i) => event === b[i]);
}
