/**
 * Chunks: events that share their texts. A chunk is written block by block, up to 1,024 events, and
 * read at once. It is the unit of every index.
 */
import type { EngineEvent } from '../../event.ts';
import type { Instant } from '../../instant.ts';
import { ChunkKeys } from './bloom-filter.ts';
import { HEADER, KIND, sealBlock } from './block.ts';
import { ByteWriter } from './byte-stream.ts';
import { EventEncoder } from './event-codec.ts';

/** Events, or bytes, of a full chunk. */
const CHUNK_EVENTS = 1024;
const CHUNK_BYTES = 256 * 1024;

const BYTES = 32 * 1024;

/** A chunk that is being written. */
export class ChunkWriter {
  readonly first: number;
  /** The number after its last event. */
  next: number;
  min: Instant = 0n;
  max: Instant = 0n;
  readonly #salt: number;
  readonly #out = new ByteWriter(BYTES);
  readonly #encoder = new EventEncoder(this.#out);
  readonly #keys = new ChunkKeys();
  /** Offset of the block that is being written, its first number, and its time of recording. */
  #start = 0;
  #blockFirst: number;
  #recorded = 0;

  constructor(first: number, salt: number) {
    this.first = first;
    this.next = first;
    this.#blockFirst = first;
    this.#salt = salt;
  }

  get full(): boolean {
    return this.next - this.first >= CHUNK_EVENTS || this.#out.length >= CHUNK_BYTES;
  }

  /** Bytes of the complete blocks. */
  get length(): number {
    return this.#start;
  }

  /** The complete blocks. */
  get bytes(): Buffer {
    return this.#out.bytes.subarray(0, this.#start);
  }

  /** Adds the event, whose number must be `next`. @param recorded by this machine's clock, in ms */
  add(event: EngineEvent, recorded: number): void {
    const out = this.#out;
    if (out.length === this.#start) {
      out.room(HEADER);
      out.length += HEADER;
      this.#recorded = recorded;
    }
    this.#encoder.encode(event);
    this.#keys.add(event);
    const { timeNano } = event;
    if (this.next++ === this.first) this.min = this.max = timeNano;
    else if (timeNano > this.max) this.max = timeNano;
    else if (timeNano < this.min) this.min = timeNano;
  }

  /** Completes the block that is being written; undefined if no block is begun. */
  seal(): Buffer | undefined {
    const out = this.#out;
    if (out.length === this.#start) return undefined;
    const kind = this.#start === 0 ? KIND.events : KIND.more;
    const { next } = this;
    const first = this.#blockFirst;
    const block = { kind, first, count: next - first, recorded: this.#recorded };
    const bytes = sealBlock(out.bytes.subarray(this.#start, out.length), block, this.#salt);
    this.#start = out.length;
    this.#blockFirst = next;
    return bytes;
  }

  toFilter(): Uint8Array {
    return this.#keys.toFilter();
  }
}
