/** The content of a journal, by number and by time: the archive behind a collector's ring. */
import type { Archive, Span, Stretch, Window } from '../../collector/archive.ts';
import type { EngineEvent, GapReason } from '../../event.ts';
import type { Instant } from '../../instant.ts';
import { type Batch, type Budget, readBatch } from '../format/batch.ts';
import { keyOfAction, keyOfAttribute, keysOfName } from '../format/bloom-filter.ts';
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
import { Dictionaries } from './dictionaries.ts';
import { Filters, type Keys } from './chunk-filters.ts';

/** Count of chunks kept decoded, for readers that proceed in steps. */
const KEPT = 8;

/**
 * Work of one read, for each event of its limit. Looking for a key in a filter costs 1; see
 * {@link Budget}.
 */
const WORK = 8;
/** Work of decoding a chunk. */
const DECODING = 1024;

const NOTHING = Buffer.alloc(0);

interface LoadedChunk {
  /** Its events, and perhaps others before and after it. */
  readonly batch: Batch;
  /** Length of the encoded chunk: in bytes. */
  readonly length: number;
  /** Reason of missing events, if any are missing. */
  readonly lost: 'damaged' | 'expired';
}

/** Bytes of a chunk that begins with the number `first`, in a segment. */
interface FoundBytes {
  readonly bytes: Buffer;
  readonly first: number;
  readonly of: Segment;
}

/** Finds entries and reads chunks. Memory: about a hundred bytes for each 4,096 events. */
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
  /** See `Archive.mark` and `Archive.record`. */
  mark: ((head: number) => void) | undefined;
  record: (() => void) | undefined;
  /** Called with events that cannot be read though they should be there. */
  onDamage: (segment: Segment, gap: Span, error?: Error) => void = () => undefined;
  readonly #store: Store;
  /** The number after all that is held. */
  readonly #head: () => number;
  /** Lowest and highest time in each sealed segment. */
  readonly #spans = new WeakMap<Segment, TimeSpan>();
  readonly #kept = new Map<ChunkEntry, LoadedChunk>();
  readonly #dictionaries: Dictionaries;
  readonly #filters: Filters;
  /** Packed copies of deleted segments, for readers beside the writing process. */
  readonly #packed = new WeakMap<Segment, Segment>();

  constructor(store: Store, head: () => number) {
    this.#store = store;
    this.#head = head;
    this.#dictionaries = new Dictionaries(store);
    this.#filters = new Filters(store);
  }

  get oldest(): number {
    return this.segments[0]?.first ?? this.end;
  }

  /** The number after all that is held. */
  get end(): number {
    return this.#head();
  }

  read(from: number, to: number, limit: number, window: Window): Stretch {
    this.unwritten();
    const events: EngineEvent[] = [];
    const { names, matches } = window;
    const keys = keysOf(window);
    const stopsAtRename = names !== undefined || window.endsAtRename === true;
    const wanted = { ...window, condition: matches, stopsAtRename };
    let next = from;
    const budget: Budget = { work: limit * WORK };
    while (next < to && events.length < limit && budget.work > 0) {
      const found = this.find(next);
      if (found === undefined) break;
      const { entry, segment } = found;
      if (entry.first > next) return { events, ...lost(next, to, entry.first, 'damaged') };
      if (this.#isSegmentOutside(segment, window)) {
        next = Math.min(to, endOf(segment));
        continue;
      }
      budget.work -= 1 + keys.length;
      if (this.#isOutside(segment, entry, window, keys)) {
        next = Math.min(to, entry.next);
      } else if (entry.kind === 'gap') {
        if (entry.reason !== 'left-out') return { events, ...lost(next, to, entry.next, entry.reason) };
        next = Math.min(to, entry.next);
      } else {
        const { batch, lost: reason } = this.#load(segment, entry);
        const readable = Math.min(batch.next, entry.next);
        const end = Math.min(to, readable);
        if (next === entry.first) budget.work -= DECODING;
        if (next < end) next = batch.select(next, end, wanted, { limit, budget }, events);
        if (next >= readable && next < entry.next && next < to && events.length < limit) {
          const found = lost(next, to, entry.next, reason);
          if (reason === 'damaged') this.onDamage(segment, found.gap);
          return { events, ...found };
        }
        // A reader that follows a container through its renames extends its query from here.
        if (stopsAtRename && events.at(-1)?.action === 'rename') break;
      }
    }
    return { events, next };
  }

  /**
   * Yields the events of chunks, from the newest back to the oldest.
   *
   * @param keys those of which a chunk may hold one. Default: all chunks
   */
  *backwards(keys?: Keys): Generator<readonly EngineEvent[]> {
    for (const { segment, entry } of this.entriesBackwards()) {
      if (entry.kind === 'chunk' && (keys === undefined || this.mayContain(segment, entry, keys)))
        yield this.loadOnce(segment, entry).batch.events(entry.first);
    }
  }

  /** Yields all entries, from the newest back to the oldest. */
  *entriesBackwards(): Generator<{ readonly segment: Segment; readonly entry: Entry }> {
    this.unwritten();
    for (const segment of this.segments.toReversed()) {
      for (const entry of segment.entries.toReversed()) yield { segment, entry };
    }
  }

  /** Tests whether a chunk may hold events with one of the keys. */
  mayContain(segment: Segment, entry: ChunkEntry, keys: Keys): boolean {
    return this.#filters.mayContain(segment, entry, [keys]);
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

  /** Tests whether an entry holds nothing that matches. */
  #isOutside(segment: Segment, entry: Entry, window: Window, keys: readonly Keys[]): boolean {
    if (isTimeOutside(entry, window)) return true;
    return keys.length > 0 && entry.kind === 'chunk' && !this.#filters.mayContain(segment, entry, keys);
  }

  /**
   * Decodes a chunk as far as it is readable, without keeping it: for a reader that does not
   * return.
   */
  loadOnce(segment: Segment, entry: ChunkEntry): LoadedChunk {
    const kept = this.#kept.get(entry);
    if (kept?.length === entry.length) return kept;
    const { bytes, first, of, lost } = this.#bytesOf(segment, entry);
    const batch = readBatch(bytes, first, segment.salt, () => this.#dictionaries.of(of));
    return { batch, length: entry.length, lost };
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

  /**
   * Reads a chunk of a segment that another process has packed since it was opened: the chunk that
   * holds the event, whose first number can be lower.
   */
  #packedBytes(segment: Segment, { first: seq }: ChunkEntry): FoundBytes | undefined {
    const name = packedName(segment.first);
    if (segment.name === name) return undefined;
    const packed =
      this.#packed.get(segment) ??
      openSegment(this.#store, { name, size: this.#sizeOf(name), first: segment.first }).segment;
    const found = packed?.entries.find(
      ({ kind, first, next }) => kind === 'chunk' && first <= seq && seq < next,
    );
    if (packed === undefined || found === undefined) return undefined;
    this.#packed.set(segment, packed);
    const bytes = this.#store.read(name, found.offset, found.length);
    return bytes && { bytes, first: found.first, of: packed };
  }

  #sizeOf(name: string): number {
    return this.#store.list().find((file) => file.name === name)?.size ?? 0;
  }

  #bytesOf(segment: Segment, entry: ChunkEntry): FoundBytes & Pick<LoadedChunk, 'lost'> {
    const { first } = entry;
    try {
      const bytes = this.unwritten(entry) ?? this.#store.read(segment.name, entry.offset, entry.length);
      const found = bytes === undefined ? this.#packedBytes(segment, entry) : { bytes, first, of: segment };
      // Beside another process that writes, a missing file means that its events have expired.
      return found === undefined
        ? { bytes: NOTHING, first, of: segment, lost: 'expired' }
        : { ...found, lost: 'damaged' };
    } catch (error) {
      this.onDamage(segment, { from: first, to: entry.next - 1, reason: 'damaged' }, error as Error);
      return { bytes: NOTHING, first, of: segment, lost: 'damaged' };
    }
  }
}

/** The keys of the wanted events. */
function keysOf({ names, having = [] }: Window): readonly Keys[] {
  const conditions = having.map(({ field, values }) =>
    values.map(field === 'action' ? keyOfAction : keyOfAttribute),
  );
  return names === undefined ? conditions : [names.flatMap(keysOfName), ...conditions];
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
