/** The content of a journal, by number and by time: the archive behind a collector's ring. */
import type { Archive, Span, Stretch, Window } from '../../collector/archive.ts';
import type { EngineEvent, GapReason } from '../../event.ts';
import type { Instant } from '../../instant.ts';
import { keysOfName, mayContain } from '../format/bloom-filter.ts';
import { type ChunkContent, readChunk } from '../format/chunk.ts';
import {
  type ChunkEntry,
  endOf,
  type Entry,
  EVER,
  newestIn,
  packedName,
  type Segment,
} from '../format/segment.ts';
import { openSegment } from '../store/segment-file.ts';
import type { Store } from '../store/store.ts';

/** Count of chunks kept decoded, for readers that proceed in steps. */
const KEPT = 8;

const NOTHING = Buffer.alloc(0);

interface LoadedChunk extends ChunkContent {
  /** Length of the encoded chunk: in bytes. */
  readonly length: number;
  /** Reason of missing events, if any are missing. */
  readonly lost: 'damaged' | 'expired';
  /** True if the chunk holds a rename of a container. */
  readonly renames: boolean;
}

/** Finds entries and reads chunks. Memory: a few hundred bytes for each 1,024 events. */
export class History implements Archive {
  /** In order of their numbers. */
  readonly segments: Segment[] = [];
  durable = 0;
  forgotten: Instant | undefined;
  /**
   * Updates the entries of the chunk that is being written; returns its bytes if they are not on
   * disk yet.
   */
  unwritten: (entry?: ChunkEntry) => Buffer | undefined = () => undefined;
  /** See `Archive.record`. */
  record: (() => void) | undefined;
  /** Called with events that cannot be read though they should be there. */
  onDamage: (segment: Segment, gap: Span, error?: Error) => void = () => undefined;
  readonly #store: Store;
  /** The number after all that is held. */
  readonly #head: () => number;
  /** Lowest and highest time in each sealed segment. */
  readonly #spans = new WeakMap<Segment, TimeSpan>();
  readonly #kept = new Map<ChunkEntry, LoadedChunk>();
  /** Packed copies of deleted segments, for readers beside the writing process. */
  readonly #packed = new WeakMap<Segment, Segment>();

  constructor(store: Store, head: () => number) {
    this.#store = store;
    this.#head = head;
  }

  get oldest(): number {
    return this.segments[0]?.first ?? this.#head();
  }

  read(from: number, to: number, limit: number, window: Window): Stretch {
    this.unwritten();
    const events: EngineEvent[] = [];
    const keys = window.names?.flatMap(keysOfName);
    let next = from;
    while (next < to && events.length < limit) {
      const found = this.find(next);
      if (found === undefined) break;
      const { entry, segment } = found;
      if (entry.first > next) return { events, ...lost(next, to, entry.first, 'damaged') };
      if (this.#isSegmentOutside(segment, window)) {
        next = Math.min(to, endOf(segment));
        continue;
      }
      if (isOutside(entry, window, keys) || (entry.kind === 'gap' && entry.reason === 'left-out')) {
        next = Math.min(to, entry.next);
      } else if (entry.kind === 'gap') {
        return { events, ...lost(next, to, entry.next, entry.reason as GapReason) };
      } else {
        const chunk = this.#load(segment, entry);
        const end = Math.min(to, chunk.next, next + limit - events.length);
        for (let seq = next; seq < end; seq++) events.push(chunk.events[seq - entry.first] as EngineEvent);
        next = Math.max(next, end);
        if (end === chunk.next && end < entry.next && next < to) {
          const found = lost(next, to, entry.next, chunk.lost);
          if (chunk.lost === 'damaged') this.onDamage(segment, found.gap);
          return { events, ...found };
        }
        // A reader that follows a container through its renames extends its query from here.
        if (window.names !== undefined && chunk.renames) break;
      }
    }
    return { events, next };
  }

  /** Yields events of matching chunks, chunk by chunk, from the newest back to the oldest. */
  *backwards(keys: readonly string[]): Generator<readonly EngineEvent[]> {
    this.unwritten();
    for (const segment of this.segments.toReversed()) {
      for (const entry of segment.entries.toReversed()) {
        if (entry.kind === 'chunk' && mayHold(entry, keys)) yield this.loadOnce(segment, entry).events;
      }
    }
  }

  /** Removes the oldest segment. */
  drop(): Segment | undefined {
    const segment = this.segments.shift();
    if (segment === undefined) return undefined;
    const newest = newestIn(segment) ?? this.segments[0]?.entries[0]?.min;
    if (newest !== undefined && (this.forgotten === undefined || newest > this.forgotten))
      this.forgotten = newest;
    return segment;
  }

  /** Finds the entry of that number, or the next entry after it. */
  find(seq: number): { segment: Segment; entry: Entry } | undefined {
    const from = firstWhere(this.segments, (segment) => endOf(segment) > seq);
    for (let i = from; i < this.segments.length; i++) {
      const segment = this.segments[i] as Segment;
      const entry = segment.entries[firstWhere(segment.entries, ({ next }) => next > seq)];
      if (entry !== undefined) return { segment, entry };
    }
    return undefined;
  }

  /**
   * Tests whether a segment lies wholly outside the window: its entries then need no test of their
   * own.
   */
  #isSegmentOutside(segment: Segment, window: Window): boolean {
    if (!segment.sealed || (window.since === undefined && window.until === undefined)) return false;
    let span = this.#spans.get(segment);
    if (span === undefined) this.#spans.set(segment, (span = spanOf(segment)));
    return isTimeOutside(span, window);
  }

  /**
   * Reads the events of a chunk as far as possible, without keeping them: for a reader that does
   * not return.
   */
  loadOnce(segment: Segment, entry: ChunkEntry): LoadedChunk {
    const kept = this.#kept.get(entry);
    if (kept?.length === entry.length) return kept;
    const { bytes, lost } = this.#bytesOf(segment, entry);
    const chunk = readChunk(bytes, entry.first, segment.salt);
    const renames = chunk.events.some(({ action }) => action === 'rename');
    return { ...chunk, length: entry.length, lost, renames };
  }

  /** The same, kept for readers that proceed in steps. */
  #load(segment: Segment, entry: ChunkEntry): LoadedChunk {
    const content = this.loadOnce(segment, entry);
    if (content === this.#kept.get(entry)) return content;
    this.#kept.delete(entry);
    this.#kept.set(entry, content);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > KEPT && oldest !== undefined) this.#kept.delete(oldest);
    return content;
  }

  /** Reads a chunk of a segment that another process has packed since it was opened. */
  #packedBytes(segment: Segment, entry: ChunkEntry): Buffer | undefined {
    const name = packedName(segment.first);
    if (segment.name === name) return undefined;
    const packed =
      this.#packed.get(segment) ??
      openSegment(this.#store, { name, size: this.#sizeOf(name), first: segment.first }).segment;
    const found = packed?.entries.find(({ kind, first }) => kind === 'chunk' && first === entry.first);
    if (packed === undefined || found === undefined) return undefined;
    this.#packed.set(segment, packed);
    return this.#store.read(name, found.offset, found.length);
  }

  #sizeOf(name: string): number {
    return this.#store.list().find((file) => file.name === name)?.size ?? 0;
  }

  #bytesOf(segment: Segment, entry: ChunkEntry): { bytes: Buffer; lost: LoadedChunk['lost'] } {
    try {
      const bytes =
        this.unwritten(entry) ??
        this.#store.read(segment.name, entry.offset, entry.length) ??
        this.#packedBytes(segment, entry);
      // Beside another process that writes, a missing file means that its events have expired.
      return bytes === undefined ? { bytes: NOTHING, lost: 'expired' } : { bytes, lost: 'damaged' };
    } catch (error) {
      this.onDamage(segment, { from: entry.first, to: entry.next - 1, reason: 'damaged' }, error as Error);
      return { bytes: NOTHING, lost: 'damaged' };
    }
  }
}

/** The gap from a number up to but without `end`, limited to the requested range. */
function lost(from: number, to: number, end: number, reason: GapReason): { next: number; gap: Span } {
  const next = Math.min(to, end);
  return { next, gap: { from, to: next - 1, reason } };
}

type TimeSpan = Pick<Entry, 'min' | 'max'>;

/**
 * The times of a segment; any time if entries are missing in it, so that a reader learns of the
 * gaps.
 */
function spanOf({ entries }: Segment): TimeSpan {
  let { min = 0n, max = 0n } = entries[0] ?? {};
  let next = entries[0]?.first ?? 0;
  for (const entry of entries) {
    if (entry.first !== next) return { min: -EVER, max: EVER };
    next = entry.next;
    if (entry.min < min) min = entry.min;
    if (entry.max > max) max = entry.max;
  }
  return { min, max };
}

function isTimeOutside({ min, max }: TimeSpan, { since, until }: Window): boolean {
  return (since !== undefined && max < since) || (until !== undefined && min > until);
}

/** Tests whether an entry holds nothing that matches. */
function isOutside(entry: Entry, window: Window, keys: readonly string[] | undefined): boolean {
  if (isTimeOutside(entry, window)) return true;
  return keys !== undefined && entry.kind === 'chunk' && !mayHold(entry, keys);
}

function mayHold({ filter }: ChunkEntry, keys: readonly string[]): boolean {
  return filter === undefined || mayContain(filter, keys);
}

/** Binary search: the index of the first match, if all later ones match too. */
function firstWhere<T>(list: readonly T[], is: (item: T) => boolean): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (is(list[middle] as T)) high = middle;
    else low = middle + 1;
  }
  return low;
}
