/** Packs sealed segments in columns, and compresses them, in the background, one after the other. */
import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';
import type { SchedulerLike, Subscription } from 'rxjs';
import type { Log } from '../../log.ts';
import { blocksOf } from '../format/batch.ts';
import { ByteReader } from '../format/byte-stream.ts';
import { type Block, KIND, makeBlock } from '../format/block.ts';
import { type Content, joinContent } from '../format/dictionary.ts';
import { EventList } from '../format/event-list.ts';
import { packedPayload } from '../format/packed-chunk.ts';
import { type ChunkEntry, type GapEntry, packedName, type Place, type Segment } from '../format/segment.ts';
import type { History } from '../read/history.ts';
import { gapBytes, headerBytes, indexBytes } from '../store/segment-file.ts';
import type { Store } from '../store/store.ts';
import { ColumnsWriter } from './columns-writer.ts';

const compress = promisify(brotliCompress);
const OPTIONS = { params: { [constants.BROTLI_PARAM_QUALITY]: 5, [constants.BROTLI_PARAM_LGWIN]: 22 } };

/** Pause before a segment: in ms. */
const PAUSE = 1000;
/** Bytes gathered before a write. */
const GATHERED = 2 ** 20;
/** Events, or bytes of their rows, of a packed chunk. */
const CHUNK_EVENTS = 4096;
const CHUNK_BYTES = 2 ** 20;

/** Consecutive chunks that become one, with their events. */
interface Group {
  readonly entries: ChunkEntry[];
  readonly list: EventList;
}

export class Packer {
  /** Bytes of the file that is being written beside the segment that it replaces. */
  besides = 0;
  readonly #store: Store;
  readonly #history: History;
  readonly #log: Log;
  readonly #scheduler: SchedulerLike;
  /** Segments with unreadable chunks. */
  readonly #unpackable = new WeakSet<Segment>();
  #timer: Subscription | undefined;
  #working: Promise<void> | undefined;
  #stopped = false;

  constructor(
    store: Store,
    history: History,
    options: { readonly log: Log; readonly scheduler: SchedulerLike },
  ) {
    this.#store = store;
    this.#history = history;
    this.#log = options.log;
    this.#scheduler = options.scheduler;
  }

  /** Schedules a look for a sealed segment. */
  wake(): void {
    if (this.#stopped || this.#timer !== undefined || this.#next() === undefined) return;
    this.#timer = this.#scheduler.schedule(() => {
      this.#working = this.#work();
    }, PAUSE);
  }

  /** Resolves once all reads and writes have ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.unsubscribe();
    await this.#working;
  }

  #next(): Segment | undefined {
    return this.#history.segments.find(
      (segment) =>
        segment.sealed && segment.name !== packedName(segment.first) && !this.#unpackable.has(segment),
    );
  }

  async #work(): Promise<void> {
    const segment = this.#next();
    let isDone = false;
    try {
      if (segment !== undefined) await this.#pack(segment);
      isDone = true;
    } catch (error) {
      // The segment stays as it is; the next sealed segment triggers another attempt.
      this.#log.warn(
        { err: error, segment: segment?.name },
        'a segment of the journal could not be compressed',
      );
      if (segment !== undefined) await this.#store.remove(packedName(segment.first)).catch(() => undefined);
    }
    this.besides = 0;
    this.#timer = undefined;
    if (isDone) this.wake();
  }

  /** Writes the packed file, then replaces the segment by it. */
  async #pack(segment: Segment): Promise<void> {
    const writer = new ColumnsWriter();
    const parts = await this.#collect(segment, writer);
    if (parts === undefined) return;
    const { salt, first } = segment;
    const block = { kind: KIND.dictionary, first, count: 0, recorded: segment.created } as const;
    const dictionary = await packedBlock(block, writer.dictionary(), salt, joinContent);
    const dictionaries: Place[] = [];
    const packed: Segment = { ...segment, name: packedName(first), entries: [], size: 0, dictionaries };
    const file = new PackedFile(this.#store, packed, (size) => (this.besides = size));
    await file.append(headerBytes(segment, first));
    dictionaries.push(await file.append(dictionary));
    for (const part of parts) {
      if (this.#stopped) return await this.#store.remove(packed.name);
      if (!('list' in part)) {
        const place = await file.append(gapBytes(part, segment.created, salt));
        packed.entries.push({ ...part, ...place });
        continue;
      }
      const { filter, ...content } = writer.encode(part.list);
      const whole = { kind: KIND.columns, ...wholeOf(part.entries) } as const;
      const join = (bytes: Uint8Array, digits: Uint8Array): Buffer =>
        packedPayload(filter, bytes, digits, salt);
      const { min, max, next, recorded } = whole;
      const place = await file.append(await packedBlock(whole, content, salt, join));
      const stored = { ...place, first: whole.first, next, min, max, recorded };
      packed.entries.push({ kind: 'chunk', ...stored, filter: undefined, ownFilter: filter.length });
    }
    dictionaries.push(await file.append(dictionary));
    await file.append(indexBytes({ ...packed, size: file.size }));
    await file.end();
    await this.#replace(segment, packed);
  }

  /**
   * Reads a segment as lists of events and gaps between them.
   *
   * @returns undefined if a chunk is partly unreadable: the segment then stays as it is
   */
  async #collect(segment: Segment, writer: ColumnsWriter): Promise<(Group | GapEntry)[] | undefined> {
    const parts: (Group | GapEntry)[] = [];
    let group: Group | undefined;
    let bytes = 0;
    const end = (): void => {
      if (group !== undefined) writer.end(group.list);
      group = undefined;
      bytes = 0;
    };
    for (const entry of segment.entries) {
      if (this.#stopped) return undefined;
      if (entry.kind === 'gap' || entry.first !== group?.entries.at(-1)?.next) end();
      if (entry.kind === 'gap') {
        parts.push(entry);
        continue;
      }
      if (group === undefined) parts.push((group = { entries: [], list: new EventList() }));
      group.entries.push(entry);
      bytes += entry.length;
      if (!this.#add(segment, entry, writer, group.list)) {
        this.#unpackable.add(segment);
        return undefined;
      }
      if (group.list.length >= CHUNK_EVENTS || bytes >= CHUNK_BYTES) end();
      // Other work gets a turn: a chunk takes about a millisecond.
      await setImmediate();
    }
    end();
    return parts;
  }

  /** Adds the events of a chunk. @returns false if it is partly unreadable */
  #add(segment: Segment, entry: ChunkEntry, writer: ColumnsWriter, list: EventList): boolean {
    const bytes = this.#store.read(segment.name, entry.offset, entry.length);
    if (bytes === undefined) return false;
    const payloads: Buffer[] = [];
    let { first } = entry;
    for (const { block, payload } of blocksOf(bytes, first, segment.salt)) {
      payloads.push(payload.bytes.subarray(payload.at, payload.end));
      first += block.count;
    }
    if (first !== entry.next) return false;
    try {
      writer.add(list, new ByteReader(Buffer.concat(payloads)), entry.next - entry.first);
      return true;
    } catch (error) {
      if (error instanceof RangeError || error instanceof SyntaxError) return false;
      throw error;
    }
  }

  async #replace(segment: Segment, packed: Segment): Promise<void> {
    const { segments } = this.#history;
    const at = segments.indexOf(segment);
    // The segment expired meanwhile.
    if (at < 0) return await this.#store.remove(packed.name);
    segments[at] = packed;
    await this.#store.remove(segment.name);
  }
}

/** Compresses content, and makes a block of it. */
async function packedBlock(
  block: Block,
  { body, digits }: Content,
  salt: number,
  join: (compressed: Uint8Array, digits: Uint8Array) => Buffer,
): Promise<Buffer> {
  return makeBlock(block, join(await compress(body, OPTIONS), digits), salt);
}

/** The numbers and times of consecutive chunks. */
function wholeOf(entries: readonly ChunkEntry[]): Pick<
  ChunkEntry,
  'first' | 'next' | 'min' | 'max' | 'recorded'
> & {
  readonly count: number;
} {
  const [begin, end] = [entries[0] as ChunkEntry, entries.at(-1) as ChunkEntry];
  let { min, max, recorded } = begin;
  for (const entry of entries) {
    if (entry.min < min) min = entry.min;
    if (entry.max > max) max = entry.max;
    recorded = Math.max(recorded, entry.recorded);
  }
  return { first: begin.first, next: end.next, count: end.next - begin.first, min, max, recorded };
}

/** A file that is written part by part. */
class PackedFile {
  readonly #store: Store;
  readonly #segment: Segment;
  readonly #onSize: (size: number) => void;
  #parts: Buffer[] = [];
  #gathered = 0;

  constructor(store: Store, segment: Segment, onSize: (size: number) => void) {
    this.#store = store;
    this.#segment = segment;
    this.#onSize = onSize;
  }

  /** Bytes so far. */
  get size(): number {
    return this.#segment.size + this.#gathered;
  }

  /** @returns the place of the bytes in the file */
  async append(bytes: Buffer): Promise<Place> {
    const place = { offset: this.size, length: bytes.length };
    this.#parts.push(bytes);
    this.#gathered += bytes.length;
    if (this.#gathered >= GATHERED) await this.end();
    return place;
  }

  /** Writes what is gathered. */
  async end(): Promise<void> {
    const { name, size } = this.#segment;
    await this.#store.write([{ name, offset: size, bytes: Buffer.concat(this.#parts) }]);
    this.#segment.size += this.#gathered;
    this.#onSize(this.#segment.size);
    this.#parts = [];
    this.#gathered = 0;
  }
}
