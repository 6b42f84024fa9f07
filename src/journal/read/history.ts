/** What a journal holds, by number and by time: the archive behind a collector's ring. */
import type { Archive, Span, Stretch, Window } from '../../collector/archive.ts';
import type { EngineEvent, GapReason } from '../../event.ts';
import type { Instant } from '../../instant.ts';
import { keysOfName, mayContain } from '../format/bloom-filter.ts';
import { type ChunkContent, readChunk } from '../format/chunk.ts';
import { type ChunkEntry, endOf, type Entry, newestIn, packedName, type Segment } from '../format/segment.ts';
import { openSegment } from '../store/segment-file.ts';
import type { Store } from '../store/store.ts';

/** Chunks that are kept decoded, for those who read on in steps. */
const KEPT = 8;

const NOTHING = Buffer.alloc(0);
/** Beyond every time. */
const EVER = 2n ** 64n;

interface LoadedChunk extends ChunkContent {
  /** Bytes that it was read from. */
  readonly length: number;
  /** Why events are missing, should there be any. */
  readonly lost: 'damaged' | 'expired';
  /** Whether a container is renamed in it. */
  readonly renames: boolean;
}

/** Finds entries, reads chunks. Memory: a few hundred bytes for each 1,024 events. */
export class History implements Archive {
  /** In order of their numbers. */
  readonly segments: Segment[] = [];
  durable = 0;
  forgotten: Instant | undefined;
  /** Brings what is being written into entries; returns the bytes of a chunk that is not on disk yet. */
  unwritten: (entry?: ChunkEntry) => Buffer | undefined = () => undefined;
  /** See `Archive.record`. */
  record: (() => void) | undefined;
  /** Told of what could not be read though it should be there. */
  onDamage: (segment: Segment, gap: Span, error?: Error) => void = () => undefined;
  readonly #store: Store;
  /** The number that comes after what is held. */
  readonly #head: () => number;
  /** Lowest and highest time in each sealed segment. */
  readonly #spans = new WeakMap<Segment, TimeSpan>();
  readonly #kept = new Map<ChunkEntry, LoadedChunk>();
  /** Packed copies of segments that are gone: to a reader beside the process that writes. */
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
    const about = window.about?.flatMap(keysOfName);
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
      if (isOutside(entry, window, about) || (entry.kind === 'gap' && entry.reason === 'left-out')) {
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
        // Whoever follows a container through its renames has more to ask for from here.
        if (window.about !== undefined && chunk.renames) break;
      }
    }
    return { events, next };
  }

  /** Events from the newest back to the oldest, chunk by chunk, of chunks that may be about one of the keys. */
  *backwards(keys: readonly string[]): Generator<readonly EngineEvent[]> {
    this.unwritten();
    for (const segment of this.segments.toReversed()) {
      for (const entry of segment.entries.toReversed()) {
        if (entry.kind === 'chunk' && isAbout(entry, keys)) yield this.loadOnce(segment, entry).events;
      }
    }
  }

  /** Forgets the oldest segment. */
  drop(): Segment | undefined {
    const segment = this.segments.shift();
    if (segment === undefined) return undefined;
    const newest = newestIn(segment);
    if (newest !== undefined && (this.forgotten === undefined || newest > this.forgotten))
      this.forgotten = newest;
    return segment;
  }

  /** The entry of that number, or the next one after it. */
  find(seq: number): { segment: Segment; entry: Entry } | undefined {
    const from = firstWhere(this.segments, (segment) => endOf(segment) > seq);
    for (let i = from; i < this.segments.length; i++) {
      const segment = this.segments[i] as Segment;
      const entry = segment.entries[firstWhere(segment.entries, ({ next }) => next > seq)];
      if (entry !== undefined) return { segment, entry };
    }
    return undefined;
  }

  /** Whether no time in a segment is within the window: then its entries need not be asked one by one. */
  #isSegmentOutside(segment: Segment, window: Window): boolean {
    if (!segment.sealed || (window.since === undefined && window.until === undefined)) return false;
    let span = this.#spans.get(segment);
    if (span === undefined) this.#spans.set(segment, (span = spanOf(segment)));
    return isTimeOutside(span, window);
  }

  /** The events of a chunk, as far as they can be read: for who takes all of it and does not come again. */
  loadOnce(segment: Segment, entry: ChunkEntry): LoadedChunk {
    const kept = this.#kept.get(entry);
    if (kept?.length === entry.length) return kept;
    const { bytes, lost } = this.#bytesOf(segment, entry);
    const chunk = readChunk(bytes, entry.first, segment.salt);
    const renames = chunk.events.some(({ action }) => action === 'rename');
    return { ...chunk, length: entry.length, lost, renames };
  }

  /** The same, kept for who reads on in steps. */
  #load(segment: Segment, entry: ChunkEntry): LoadedChunk {
    const content = this.loadOnce(segment, entry);
    if (content === this.#kept.get(entry)) return content;
    this.#kept.delete(entry);
    this.#kept.set(entry, content);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > KEPT && oldest !== undefined) this.#kept.delete(oldest);
    return content;
  }

  /** The bytes of a chunk whose segment another process has packed since it was opened. */
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
      // To whoever reads what another process writes, files can be gone: they have expired.
      return bytes === undefined ? { bytes: NOTHING, lost: 'expired' } : { bytes, lost: 'damaged' };
    } catch (error) {
      this.onDamage(segment, { from: entry.first, to: entry.next - 1, reason: 'damaged' }, error as Error);
      return { bytes: NOTHING, lost: 'damaged' };
    }
  }
}

/** What is missing from a number on, up to but without `end`, as far as it was asked for. */
function lost(from: number, to: number, end: number, reason: GapReason): { next: number; gap: Span } {
  const next = Math.min(to, end);
  return { next, gap: { from, to: next - 1, reason } };
}

type TimeSpan = Pick<Entry, 'min' | 'max'>;

/** The times of a segment; any time if entries are missing in it, as a reader is told of those. */
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

/** Whether nothing in it can be what is asked for. */
function isOutside(entry: Entry, window: Window, about: readonly string[] | undefined): boolean {
  if (isTimeOutside(entry, window)) return true;
  return about !== undefined && entry.kind === 'chunk' && !isAbout(entry, about);
}

function isAbout({ filter }: ChunkEntry, keys: readonly string[]): boolean {
  return filter === undefined || mayContain(filter, keys);
}

/** The index of the first that is so, when all after it are too. */
function firstWhere<T>(list: readonly T[], is: (item: T) => boolean): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (is(list[middle] as T)) high = middle;
    else low = middle + 1;
  }
  return low;
}
