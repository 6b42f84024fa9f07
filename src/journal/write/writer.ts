/**
 * The writing end of a journal: gathers events in chunks and segments, and writes these to the
 * store.
 */
import type { EngineEvent } from '../../event.ts';
import type { Instant } from '../../instant.ts';
import { ChunkWriter } from '../format/chunk.ts';
import type { History } from '../read/history.ts';
import {
  type ChunkEntry,
  type EntryReason,
  EVER,
  type GapEntry,
  type Segment,
  type SegmentHeader,
  segmentName,
} from '../format/segment.ts';
import { gapBytes, headerBytes, indexBytes } from '../store/segment-file.ts';
import type { Piece, Store } from '../store/store.ts';

export interface WriterOptions {
  readonly epoch: string;
  readonly salt: number;
  /** The number of the next event. */
  readonly next: number;
  /** Bytes, or age in milliseconds, of a full segment. */
  readonly segmentBytes: number;
  readonly segmentAge: number;
  /** This machine's clock: ms since the Unix epoch. */
  readonly now: () => number;
}

interface OpenChunk {
  readonly writer: ChunkWriter;
  readonly entry: ChunkEntry;
}

export class Writer {
  /** The number of the next event. */
  next: number;
  /** Bytes that are not acknowledged yet. */
  pendingBytes = 0;
  #pendingEvents = 0;
  readonly #store: Store;
  readonly #history: History;
  readonly #options: WriterOptions;
  #segment: Segment | undefined;
  #chunk: OpenChunk | undefined;
  /** Segments whose index is not written yet. */
  #ended: Segment[] = [];
  /** Complete pieces that are not written yet. */
  #pieces: Piece[] = [];
  /**
   * Pieces that the system has, not acknowledged yet: written again if the acknowledgement fails.
   */
  #handed: Piece[] = [];
  /** True if pieces wait for {@link commit}, which is running or has failed. */
  #waits = false;
  /** Chunks that are read from memory, as the store does not have all of their blocks. */
  readonly #unwritten = new Map<ChunkEntry, ChunkWriter>();

  constructor(store: Store, history: History, options: WriterOptions) {
    this.#store = store;
    this.#history = history;
    this.#options = options;
    this.next = options.next;
    history.unwritten = (entry) => {
      this.#sealBlock();
      return entry && this.#unwritten.get(entry)?.bytes;
    };
  }

  /** Count of unacknowledged events and unwritten pieces. */
  get pending(): number {
    return this.#pendingEvents + this.#pieces.length + this.#handed.length;
  }

  /** Takes consecutive events, the first with the number {@link next}. */
  add(events: readonly EngineEvent[]): void {
    const recorded = this.#options.now();
    for (const event of events) {
      let chunk = this.#chunk;
      if (chunk === undefined || chunk.writer.full) chunk = this.#beginChunk();
      chunk.writer.add(event, recorded);
      const { entry, writer } = chunk;
      entry.next = writer.next;
      entry.min = writer.min;
      entry.max = writer.max;
      entry.recorded = recorded;
      this.next = writer.next;
    }
    this.#pendingEvents += events.length;
  }

  /**
   * Records a gap of the numbers from {@link next} up to but without `end`.
   *
   * @param since time of the event before it, by its engine's clock
   * @param until time now, by this machine's clock. If that is earlier, a clock was set, or two
   *   clocks differ: the times of the missing events are then unknown
   */
  gap(end: number, reason: EntryReason, since: Instant, until: Instant): void {
    this.#endChunk();
    const segment = this.#room();
    const place = { offset: segment.size, length: 0, first: this.next, next: end };
    const [min, max] = since <= until ? [since, until] : [-EVER, EVER];
    const entry: GapEntry = { kind: 'gap', ...place, min, max, reason };
    const bytes = gapBytes(entry, this.#options.now(), segment.salt);
    entry.length = bytes.length;
    segment.entries.push(entry);
    this.#push(segment, bytes);
    this.next = end;
  }

  /** Ends the segment and writes its index: later events go to another segment. */
  endSegment(): void {
    this.#endChunk();
    const segment = this.#segment;
    if (segment === undefined) return;
    this.#push(segment, indexBytes(segment));
    this.#ended.push(segment);
    this.#segment = undefined;
  }

  /** Ends a segment that has reached its age, so that it can expire even if no events come. */
  endOldSegment(): void {
    const { now, segmentAge } = this.#options;
    if (this.#segment !== undefined && now() - this.#segment.created >= segmentAge) this.endSegment();
  }

  /**
   * Hands all taken events to the system now, so that they survive the end of this process.
   *
   * @returns false if the store has no such write, or pieces wait for the disk
   * @throws the store's error; all pieces then wait for {@link commit}
   */
  put(): boolean {
    if (this.#store.put === undefined) return false;
    this.#sealBlock();
    if (this.#pieces.length === 0) return true;
    if (this.#waits) return false;
    try {
      this.#store.put(this.#pieces);
    } catch (error) {
      this.#waits = true;
      throw error;
    }
    for (const piece of this.#pieces) this.#handed.push(piece);
    this.#pieces = [];
    return true;
  }

  /**
   * Writes all taken events; one call at a time. Resolves once they have the requested durability.
   * Rejects with the store's error: the call can then be repeated.
   */
  async commit(): Promise<void> {
    this.#sealBlock();
    const handed = this.#handed;
    const pieces = this.#waits ? [...handed, ...this.#pieces] : this.#pieces;
    const ended = this.#ended;
    const events = this.#pendingEvents;
    const { next } = this;
    const chunks = [...this.#unwritten.keys()].filter((entry) => entry !== this.#chunk?.entry);
    const written = this.#waits ? pieces : [...handed, ...pieces];
    this.#pieces = [];
    this.#handed = [];
    this.#ended = [];
    // Pieces that are put meanwhile must not overtake these.
    this.#waits ||= pieces.length > 0;
    try {
      await this.#store.write(pieces);
      this.#waits = false;
    } catch (error) {
      this.#pieces = [...written, ...this.#handed, ...this.#pieces];
      this.#handed = [];
      this.#ended = [...ended, ...this.#ended];
      this.#waits = true;
      throw error;
    }
    for (const { bytes } of written) this.pendingBytes -= bytes.length;
    this.#pendingEvents -= events;
    for (const entry of chunks) this.#unwritten.delete(entry);
    for (const segment of ended) segment.sealed = true;
    this.#history.durable = next - 1;
  }

  #beginChunk(): OpenChunk {
    this.#endChunk();
    const segment = this.#room();
    const first = this.next;
    const writer = new ChunkWriter(first, segment.salt);
    const place = { offset: segment.size, length: 0, first, next: first };
    const entry: ChunkEntry = { kind: 'chunk', ...place, min: 0n, max: 0n, recorded: 0, filter: undefined };
    segment.entries.push(entry);
    this.#unwritten.set(entry, writer);
    return (this.#chunk = { writer, entry });
  }

  #endChunk(): void {
    this.#sealBlock();
    if (this.#chunk !== undefined) this.#chunk.entry.filter = this.#chunk.writer.toFilter();
    this.#chunk = undefined;
  }

  #sealBlock(): void {
    const chunk = this.#chunk;
    const bytes = chunk?.writer.seal();
    if (chunk === undefined || bytes === undefined) return;
    chunk.entry.length = chunk.writer.length;
    this.#push(this.#segment as Segment, bytes);
  }

  /** The segment for the next chunk. */
  #room(): Segment {
    const { epoch, salt, segmentBytes, segmentAge, now } = this.#options;
    const created = now();
    const current = this.#segment;
    if (current !== undefined) {
      const age = Math.abs(created - current.created);
      if (current.size < segmentBytes && age < segmentAge) return current;
      this.endSegment();
    }
    const header: SegmentHeader = { epoch, salt, created };
    const first = this.next;
    const segment: Segment = {
      ...header,
      name: segmentName(first),
      first,
      entries: [],
      size: 0,
      sealed: false,
    };
    this.#history.segments.push(segment);
    this.#push(segment, headerBytes(header, first));
    this.#segment = segment;
    return segment;
  }

  #push(segment: Segment, bytes: Buffer): void {
    this.#pieces.push({ name: segment.name, offset: segment.size, bytes });
    segment.size += bytes.length;
    this.pendingBytes += bytes.length;
  }
}
