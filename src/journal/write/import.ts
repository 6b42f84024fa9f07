/** Imports exported events into a journal, under their own numbers. */
import { nowNano } from '../../clock.ts';
import { parseCursor } from '../../collector/cursor.ts';
import type { EngineEvent } from '../../event.ts';
import type { Frame } from '../../collector/frames.ts';
import { acquireLock } from '../../lock.ts';
import { type Log, silent } from '../../log.ts';
import { openFiles } from '../store/file-store.ts';
import { writeNumbers } from '../store/numbers.ts';
import { LAST_START } from '../format/ranges.ts';
import { EVER } from '../format/segment.ts';
import type { History } from '../read/history.ts';
import { find, type Recovered, historyOf, tidy } from '../read/recovery.ts';
import type { Store } from '../store/store.ts';
import { Writer } from './writer.ts';

/** Options of `importEvents`. */
export interface ImportOptions {
  /** The directory of the journal; created if it does not exist. */
  readonly directory: string;
  /** Storage of the journal. Default: files in `directory`. */
  readonly store?: Store | undefined;
  /** Default: no log. */
  readonly log?: Log | undefined;
  /** Called after each frame with the count of events so far. */
  readonly onProgress?: ((events: number) => void) | undefined;
}

/** Counts of an import. */
export interface Imported {
  readonly events: number;
  /** Gaps among the frames. */
  readonly gaps: number;
}

/** Events gathered before they are encoded. */
const LIST = 256;
/** Bytes gathered before a write. */
const GATHERED = 4 * 2 ** 20;
const SEGMENT_BYTES = 16 * 2 ** 20;

/**
 * Imports the events and gaps among the frames into a journal that is new, or that ends before them
 * in the same stream. Numbers without a frame stay absent, without a gap. Frames before an error
 * are kept.
 *
 * @throws RangeError if the frames are of another stream, or their numbers do not ascend
 * @throws LockError if another process writes the journal
 * @throws LaterFormatError if a later version wrote the journal
 */
export async function importEvents(frames: AsyncIterable<Frame>, options: ImportOptions): Promise<Imported> {
  const { directory, log = silent } = options;
  if (options.store !== undefined) return await into(options.store, frames, log, options);
  const lock = await acquireLock(directory);
  const store = openFiles(directory, { durability: 'fsync', readOnly: false });
  try {
    return await into(store, frames, log, options);
  } finally {
    await store.close();
    lock.release();
  }
}

async function into(
  store: Store,
  frames: AsyncIterable<Frame>,
  log: Log,
  options: Pick<ImportOptions, 'onProgress'>,
): Promise<Imported> {
  const found = find(store);
  if (found.later !== undefined) throw found.later;
  await tidy(store, found, log);
  let importer: Importer | undefined;
  try {
    for await (const frame of frames) {
      if (frame.kind !== 'event' && frame.kind !== 'gap') continue;
      const { epoch, seq } = parseCursor(frame.kind === 'gap' ? frame.from : frame.cursor);
      importer ??= new Importer(store, found, epoch, seq, log);
      importer.take(frame, epoch, seq);
      options.onProgress?.(importer.events);
      if (importer.writer.pendingBytes > GATHERED) await importer.writer.commit();
    }
  } finally {
    await importer?.end();
  }
  return importer ?? { events: 0, gaps: 0 };
}

class Importer implements Imported {
  events = 0;
  gaps = 0;
  readonly writer: Writer;
  readonly #store: Store;
  readonly #found: Recovered;
  readonly #epoch: string;
  readonly #history: History;
  /** Consecutive events that are not encoded yet. */
  #list: EngineEvent[] = [];

  constructor(store: Store, found: Recovered, epoch: string, seq: number, log: Log) {
    const isNew = found.segments.length === 0 && found.first === 1;
    const own = found.saved.numbers;
    this.#epoch = isNew ? epoch : own.epoch;
    this.#store = store;
    this.#found = found;
    const now = (): number => Number(nowNano() / 1_000_000n);
    const limits = { segmentBytes: SEGMENT_BYTES, segmentAge: Number.POSITIVE_INFINITY };
    const history = historyOf(store, found, log, () => this.writer.next);
    this.#history = history;
    const next = isNew ? seq : found.end;
    this.writer = new Writer(store, history, { epoch: this.#epoch, salt: own.salt, next, now, ...limits });
    // The same gap as a daemon would record on opening this journal.
    if (found.first > next) this.writer.gap(found.first, 'crash', 0n, nowNano());
  }

  take(frame: Extract<Frame, { kind: 'event' | 'gap' }>, epoch: string, seq: number): void {
    const { writer } = this;
    const next = writer.next + this.#list.length;
    if (epoch !== this.#epoch) {
      throw new RangeError(
        `it is of the stream ${epoch}, the journal is of ${this.#epoch}: import it into a new one`,
      );
    }
    if (seq < next) {
      throw new RangeError(
        `number ${seq} comes after ${next - 1}: what is imported must ascend, and follow what is there`,
      );
    }
    const end = frame.kind === 'gap' ? parseCursor(frame.to).seq : seq;
    if (end >= LAST_START) throw new RangeError(`number ${end} is too large: less than 2^52 is right`);
    if (seq > next) {
      this.#encode();
      writer.gap(seq, 'left-out', -EVER, EVER);
    }
    if (frame.kind === 'event') {
      if (this.#list.push(frame.event) >= LIST) this.#encode();
      this.events++;
    } else {
      this.#encode();
      writer.gap(end + 1, frame.reason, -EVER, EVER);
      this.gaps++;
    }
  }

  #encode(): void {
    const list = this.#list;
    this.#list = [];
    this.writer.add(list);
  }

  async end(): Promise<void> {
    const { saved } = this.#found;
    this.#encode();
    this.writer.endSegment();
    await this.writer.commit();
    const { next } = this.writer;
    const { oldest } = this.#history;
    const numbers = {
      ...saved.numbers,
      epoch: this.#epoch,
      oldest,
      reserved: next,
      settled: next,
      clean: true,
    };
    await writeNumbers(this.#store, { numbers, version: saved.version + 1 });
  }
}
