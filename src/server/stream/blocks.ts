/** Events as bytes: encoded once in each format, and the same bytes for everybody who reads the same. */
import { JsonWriter } from '../../encoders/json-writer.ts';
import type { EngineEvent } from '../../event.ts';

/** Events whose lines are known, at most: a power of two. */
const KNOWN = 4096;

/** Bytes of lines after which all are forgotten. */
const LINES = 2 * 1024 * 1024;

/** Bytes of blocks that are kept. */
const KEPT = 16 * 1024 * 1024;

/** Writes an event, the end of its line included. */
export type Encode = (event: EngineEvent, out: JsonWriter) => void;

/** What goes around the bytes of a block. */
export interface Framing {
  /** Bytes before them. */
  readonly head: number;
  /** A buffer for so many, with all that goes around them. */
  alloc(length: number): Buffer;
}

const bare: Framing = { head: 0, alloc: (length) => Buffer.allocUnsafe(length) };

interface Block {
  readonly events: readonly EngineEvent[];
  readonly bytes: Buffer;
}

/**
 * One format's lines and blocks. Readers of one stream ask for the same runs of events again and again: those that
 * are up to date for what has just come, those that catch up for whole blocks of the past.
 *
 * Memory: 4 MiB of lines and 16 MiB of blocks.
 */
export class Blocks {
  readonly #encode: Encode;
  readonly #framing: Framing;
  #lines = new JsonWriter(0);
  /** By the event's number: which one, and where its line begins and ends. */
  readonly #events: (EngineEvent | undefined)[] = Array.from({ length: KNOWN }, () => undefined);
  readonly #starts = new Float64Array(KNOWN);
  readonly #ends = new Float64Array(KNOWN);
  /** By the number of the first event; the least recently used first. */
  readonly #blocks = new Map<number, Block>();
  #size = 0;

  /** @param framing of each block. Default: nothing */
  constructor(encode: Encode, framing: Framing = bare) {
    this.#encode = encode;
    this.#framing = framing;
  }

  /** The bytes of these events, which must be one at least. */
  of(events: readonly EngineEvent[]): Buffer {
    const first = (events[0] as EngineEvent).seq;
    const known = this.#blocks.get(first);
    if (known !== undefined && sameEvents(known.events, events)) return known.bytes;
    const bytes = this.#made(events);
    this.#keep(first, { events, bytes });
    return bytes;
  }

  #made(events: readonly EngineEvent[]): Buffer {
    if (this.#lines.length > LINES) this.#forgetLines();
    /** Begin and end of lines that come one after the other, in turn: mostly all of them do. */
    const runs: number[] = [];
    let [length, end] = [0, -1];
    for (const event of events) {
      const slot = this.#lineOf(event);
      const start = this.#starts[slot] as number;
      if (start !== end) runs.push(start, start);
      end = this.#ends[slot] as number;
      runs[runs.length - 1] = end;
      length += end - start;
    }
    const bytes = this.#framing.alloc(length);
    let at = this.#framing.head;
    for (let i = 0; i < runs.length; i += 2) at += this.#lines.bytes.copy(bytes, at, runs[i], runs[i + 1]);
    return bytes;
  }

  /** The slot that says where the event's line is. */
  #lineOf(event: EngineEvent): number {
    const slot = event.seq & (KNOWN - 1);
    if (this.#events[slot] === event) return slot;
    const lines = this.#lines;
    const start = lines.length;
    this.#encode(event, lines);
    this.#events[slot] = event;
    this.#starts[slot] = start;
    this.#ends[slot] = lines.length;
    return slot;
  }

  #forgetLines(): void {
    // What had to grow for lines out of the common does not stay.
    if (this.#lines.bytes.length > 2 * LINES) this.#lines = new JsonWriter(0);
    this.#lines.length = 0;
    this.#events.fill(undefined);
  }

  #keep(first: number, block: Block): void {
    this.#forget(first);
    this.#blocks.set(first, block);
    this.#size += block.bytes.length;
    for (const oldest of this.#blocks.keys()) {
      if (this.#size <= KEPT) return;
      this.#forget(oldest);
    }
  }

  #forget(first: number): void {
    const block = this.#blocks.get(first);
    if (block === undefined) return;
    this.#size -= block.bytes.length;
    this.#blocks.delete(first);
  }
}

function sameEvents(a: readonly EngineEvent[], b: readonly EngineEvent[]): boolean {
  return a.length === b.length && a.every((event, i) => event === b[i]);
}
