/** Events as bytes: encoded once in each format, and the same bytes for everybody who reads the same. */
import type { EngineEvent } from '../../event.ts';

/** The newest events whose text is kept: a power of two. */
const TEXTS = 4096;

/** Bytes of blocks that are kept. */
const KEPT = 16 * 1024 * 1024;

interface Block {
  readonly events: readonly EngineEvent[];
  readonly bytes: Buffer;
}

/**
 * One format's texts and blocks. Readers of one stream ask for the same runs of events again and again: those that
 * are up to date for what has just come, those that catch up for whole blocks of the past.
 *
 * Memory: the texts of 4,096 events and 16 MiB of blocks.
 */
export class Blocks {
  readonly #encode: (event: EngineEvent) => string;
  readonly #bytesOf: (text: string) => Buffer;
  readonly #events: (EngineEvent | undefined)[] = Array.from({ length: TEXTS }, () => undefined);
  readonly #texts: string[] = Array.from({ length: TEXTS }, () => '');
  /** By the number of the first event; the least recently used first. */
  readonly #blocks = new Map<number, Block>();
  #size = 0;

  /**
   * @param encode an event's text, its end included
   * @param bytesOf a block's text as what goes over the wire
   */
  constructor(encode: (event: EngineEvent) => string, bytesOf: (text: string) => Buffer = utf8) {
    this.#encode = encode;
    this.#bytesOf = bytesOf;
  }

  /** The bytes of these events, which must be one at least. */
  of(events: readonly EngineEvent[]): Buffer {
    const first = (events[0] as EngineEvent).seq;
    const known = this.#blocks.get(first);
    if (known !== undefined && sameEvents(known.events, events)) return known.bytes;
    let text = '';
    for (const event of events) text += this.#textOf(event);
    const bytes = this.#bytesOf(text);
    this.#keep(first, { events, bytes });
    return bytes;
  }

  #textOf(event: EngineEvent): string {
    const slot = event.seq & (TEXTS - 1);
    if (this.#events[slot] !== event) {
      const text = this.#encode(event);
      // Makes V8 put the text together: otherwise each piece that it is made from would be kept, and looked at by every
      // garbage collection, which takes several times as long.
      text.charCodeAt(0);
      this.#events[slot] = event;
      this.#texts[slot] = text;
    }
    return this.#texts[slot] as string;
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

function utf8(text: string): Buffer {
  return Buffer.from(text);
}

function sameEvents(a: readonly EngineEvent[], b: readonly EngineEvent[]): boolean {
  return a.length === b.length && a.every((event, i) => event === b[i]);
}
