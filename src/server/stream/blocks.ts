/** Events as bytes: encoded once in each format, and the same bytes for everybody who reads the same. */
import type { EngineEvent } from '../../event.ts';
import { type Encode, KnownLines } from './known-lines.ts';
import { type Segment, Segments } from './segments.ts';

/** Bytes of blocks that are held. */
const HELD = 16 * 1024 * 1024;

/** What goes around the bytes of a block. */
export interface Framing {
  /** Bytes before them. */
  readonly head: number;
  /** Bytes after them. */
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
 * One format's lines and blocks. Readers of one stream ask for the same runs of events again and again: those that
 * are up to date for what has just come, those that catch up for whole blocks of the past.
 *
 * Memory: 4 MiB of lines and 16 MiB of blocks.
 */
export class Blocks {
  readonly #lines: KnownLines;
  readonly #framing: Framing;
  /** By the number of the first event. */
  readonly #blocks = new Map<number, Block>();
  readonly #segments = new Segments(HELD, (segment) => this.#forget(segment));

  /** @param framing of each block. Default: nothing */
  constructor(encode: Encode, framing: Framing = bare) {
    this.#lines = new KnownLines(encode);
    this.#framing = framing;
  }

  /** The bytes of these events, which must be one at least. They stay as they are. */
  of(events: readonly EngineEvent[]): Buffer {
    const { segment, bytes } = this.#blockOf(events);
    segment.kept = true;
    return bytes;
  }

  /**
   * Hands over the bytes of these events, which must be one at least, for the length of a call.
   *
   * @param take returns whether it still needs the bytes: if not, they are written over later
   */
  lend(events: readonly EngineEvent[], take: (bytes: Buffer) => boolean): void {
    const { segment, bytes } = this.#blockOf(events);
    if (take(bytes)) segment.kept = true;
  }

  /** The segment's contents are the first events of its blocks. */
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
