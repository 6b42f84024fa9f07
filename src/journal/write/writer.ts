/** The writing end of a journal: events become chunks, chunks become segments, and all of it reaches the store. */
import type { EngineEvent } from '../../event.ts';
import type { Instant } from '../../instant.ts';
import { ChunkWriter } from '../format/chunk.ts';
import type { History } from '../read/history.ts';
import {
  type ChunkEntry,
  type EntryReason,
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
  /** A segment is full at so many bytes, or so many milliseconds after it was begun. */
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
  /** Complete and not written yet. */
  #pieces: Piece[] = [];
  /** With the system, and not acknowledged yet: written again if the acknowledgement fails. */
  #handed: Piece[] = [];
  /** Whether pieces wait for {@link commit}: it runs, or the last write failed. */
  #waits = false;
  /** Chunks that are read from here, as the store does not have all of them. */
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

  /** Events that are not acknowledged yet, and other pieces to write. */
  get pending(): number {
    return this.#pendingEvents + this.#pieces.length + this.#handed.length;
  }

  /** Takes events that follow on each other, the first with the number {@link next}. */
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

  /** Takes note that numbers from {@link next} on, up to but without `end`, are gone. */
  gap(end: number, reason: EntryReason, since: Instant, until: Instant): void {
    this.#endChunk();
    const segment = this.#room();
    const place = { offset: segment.size, length: 0, first: this.next, next: end };
    const entry: GapEntry = { kind: 'gap', ...place, min: since, max: until, reason };
    const bytes = gapBytes(entry, this.#options.now(), segment.salt);
    entry.length = bytes.length;
    segment.entries.push(entry);
    this.#push(segment, bytes);
    this.next = end;
  }

  /** Ends the segment: it gets its index, and what comes goes to another. */
  endSegment(): void {
    this.#endChunk();
    const segment = this.#segment;
    if (segment === undefined) return;
    this.#push(segment, indexBytes(segment));
    this.#ended.push(segment);
    this.#segment = undefined;
  }

  /** Ends the segment if that is due by its age, so that it can expire though nothing comes. */
  endOldSegment(): void {
    const { now, segmentAge } = this.#options;
    if (this.#segment !== undefined && now() - this.#segment.created >= segmentAge) this.endSegment();
  }

  /**
   * Hands all that was taken to the system now, so that it survives the end of this process.
   *
   * @returns false if the store has no such write, or something waits for the disk
   * @throws the store's error; everything then waits for {@link commit}
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
   * Writes all that was taken; one call at a time. Resolves once it is as durable as was asked for. Rejects
   * with the store's error: then it can be tried again.
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
    // What is put meanwhile must not overtake these pieces.
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

  /** The segment that the next chunk goes to. */
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
