/** Compresses sealed segments in the background, one after the other. */
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';
import type { SchedulerLike, Subscription } from 'rxjs';
import type { Log } from '../../log.ts';
import { KIND, makeBlock } from '../format/block.ts';
import { chunkPayload } from '../format/chunk.ts';
import { type Entry, packedName, type Segment } from '../format/segment.ts';
import type { History } from '../read/history.ts';
import { gapBytes, headerBytes, indexBytes } from '../store/segment-file.ts';
import type { Store } from '../store/store.ts';

const compress = promisify(brotliCompress);
/**
 * Measured on events with compose labels: 3 is as fast as 1; 4 takes twice as long and saves 2 %.
 */
const OPTIONS = { params: { [constants.BROTLI_PARAM_QUALITY]: 3, [constants.BROTLI_PARAM_LGWIN]: 20 } };

/** Pause before a segment: in ms. */
const PAUSE = 1000;
/** Bytes gathered before a write. */
const GATHERED = 2 ** 20;

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
    const name = packedName(segment.first);
    const { salt } = segment;
    const packed: Segment = { ...segment, name, entries: [], size: 0 };
    let parts: Buffer[] = [headerBytes(segment, segment.first)];
    let gathered = parts[0]?.length ?? 0;
    const flush = async (): Promise<void> => {
      await this.#store.write([{ name, offset: packed.size, bytes: Buffer.concat(parts) }]);
      packed.size += gathered;
      this.besides = packed.size;
      parts = [];
      gathered = 0;
    };
    for (const entry of segment.entries) {
      const bytes =
        entry.kind === 'gap' ? gapBytes(entry, segment.created, salt) : await this.#packed(segment, entry);
      if (this.#stopped || bytes === undefined) return await this.#store.remove(name);
      packed.entries.push({ ...entry, offset: packed.size + gathered, length: bytes.length });
      parts.push(bytes);
      gathered += bytes.length;
      if (gathered >= GATHERED) await flush();
    }
    await flush();
    const index = indexBytes(packed);
    parts = [index];
    gathered = index.length;
    await flush();
    await this.#replace(segment, packed);
  }

  /** @returns undefined if the chunk is partly unreadable: the segment then stays unpacked */
  async #packed(segment: Segment, entry: Extract<Entry, { kind: 'chunk' }>): Promise<Buffer | undefined> {
    const bytes = this.#store.read(segment.name, entry.offset, entry.length);
    const payload = bytes && chunkPayload(bytes, entry.first, entry.next, segment.salt);
    if (payload === undefined) {
      this.#unpackable.add(segment);
      return undefined;
    }
    const { first, next, recorded } = entry;
    const small = await compress(payload, OPTIONS);
    return makeBlock({ kind: KIND.packed, first, count: next - first, recorded }, small, segment.salt);
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
