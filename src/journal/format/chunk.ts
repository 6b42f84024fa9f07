/**
 * Chunks: up to 1,024 events that share their texts. A chunk is written block by block and read at
 * once. It is the unit of every index.
 */
import { brotliDecompressSync } from 'node:zlib';
import type { EngineEvent } from '../../event.ts';
import type { Instant } from '../../instant.ts';
import { ChunkKeys } from './bloom-filter.ts';
import { blockAt, type FoundBlock, HEADER, KIND, sealBlock } from './block.ts';
import { ByteReader, ByteWriter } from './byte-stream.ts';
import { EventDecoder, EventEncoder } from './event-codec.ts';

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

/** Content of a chunk. */
export interface ChunkContent {
  /** The events before the first damaged block. */
  readonly events: readonly EngineEvent[];
  /**
   * The number of the first unreadable event; the number after the last event if all are readable.
   */
  readonly next: number;
}

/** Largest payload of a packed chunk: in bytes. */
const LARGEST = 2 ** 26;

/** Reads a chunk that begins with the number `first`. */
export function readChunk(bytes: Buffer, first: number, salt: number): ChunkContent {
  const decoder = new EventDecoder();
  let events: EngineEvent[] = [];
  let next = first;
  for (const { block, payload } of blocksOf(bytes, first, salt)) {
    try {
      const part = decoder.decode(payload, next, block.count);
      events = events.length === 0 ? part : events.concat(part);
    } catch (error) {
      if (error instanceof RangeError || error instanceof SyntaxError) break;
      throw error;
    }
    next += block.count;
  }
  return { events, next };
}

/**
 * Joins the payloads of a chunk's blocks; undefined if a block is damaged or missing before `next`.
 */
export function chunkPayload(bytes: Buffer, first: number, next: number, salt: number): Buffer | undefined {
  const payloads: Buffer[] = [];
  let seen = first;
  for (const { block, payload } of blocksOf(bytes, first, salt)) {
    payloads.push(payload.bytes.subarray(payload.at, payload.end));
    seen += block.count;
  }
  return seen === next ? Buffer.concat(payloads) : undefined;
}

/**
 * Yields the blocks of a chunk, up to the first one that is damaged or belongs to another chunk.
 */
function* blocksOf(
  bytes: Buffer,
  first: number,
  salt: number,
): Generator<{ readonly block: FoundBlock; readonly payload: ByteReader }> {
  let next = first;
  for (let at = 0; at < bytes.length;) {
    const block = blockAt(bytes, at, salt);
    if (block === undefined || block.first !== next) return;
    if (at === 0 && block.kind === KIND.packed) {
      const payload = unpacked(bytes.subarray(block.start, block.end));
      if (payload !== undefined) yield { block, payload };
      return;
    }
    if (block.kind !== (at === 0 ? KIND.events : KIND.more)) return;
    yield { block, payload: new ByteReader(bytes, block.start, block.end) };
    next += block.count;
    at = block.end;
  }
}

function unpacked(payload: Buffer): ByteReader | undefined {
  try {
    return new ByteReader(brotliDecompressSync(payload, { maxOutputLength: LARGEST }));
  } catch {
    return undefined;
  }
}
