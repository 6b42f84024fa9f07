/** A journal that is being written: joins the history, the writer and the numbers. */
import type { SchedulerLike, Subscription } from 'rxjs';
import type { Collector } from '../../collector/collector.ts';
import { formatCursor } from '../../collector/cursor.ts';
import type { EngineEvent, EventSource } from '../../event.ts';
import type { Instant } from '../../instant.ts';
import type { Log } from '../../log.ts';
import { Appender } from './appender.ts';
import { containersAt, type ContainersAt } from '../states/containers-at.ts';
import type { History } from '../read/history.ts';
import { endOf } from '../format/segment.ts';
import { Ledger } from './ledger.ts';
import { hasLost, newestOf } from '../read/newest-of.ts';
import { continueAs, type Recovered, find, historyOf, type Numbering, tidy } from '../read/recovery.ts';
import { Packer } from './packer.ts';
import { expire, type Retention, segmentLimits, slackOf } from './retention.ts';
import { Snapshots } from '../states/snapshots.ts';
import { Snapshotter } from '../states/snapshotter.ts';
import type { Durability } from '../store/file-store.ts';
import type { Store } from '../store/store.ts';
import { Writer } from './writer.ts';

export interface RecordingOptions {
  readonly durability: Durability;
  readonly retention: Retention;
  /** See `AppenderOptions`. */
  readonly every: number;
  readonly count: number;
  readonly log: Log;
  readonly scheduler: SchedulerLike;
  readonly clock: () => Instant;
  /** See `JournalOptions.continues`. */
  readonly continues: Numbering | undefined;
}

/** State of a journal, in numbers. */
export interface JournalStatus {
  /** The newest number with the requested durability. */
  readonly durable: number;
  /** Bytes of its files, including those that are being written. */
  readonly bytes: number;
  /** Bytes that wait for the disk. */
  readonly pending: number;
  /** Events missing since it was opened because the disk could not keep up. */
  readonly lost: number;
  /** Reason of the current write failure. */
  readonly failure: string | undefined;
}

/** Log messages about events missing at the start; the count precedes each. */
const MISSING = {
  crash: 'events at most are missing: the system stopped before they were on disk',
  damaged: 'events are missing: the journal is damaged',
  unwritten: 'events are missing: the process was killed before they were written',
} as const;

/** Most bytes that wait for the disk. */
const BUFFER = 16 * 2 ** 20;
/** Interval between checks for expired events while nothing is written: in ms. */
const EXPIRE_EVERY = 60_000;

/**
 * Opens the journal in a store and continues it. Rejects, with the store closed, if the store
 * cannot be written.
 *
 * @param onClosed called once the store is closed at the end
 */
export async function openRecording(
  store: Store,
  options: RecordingOptions,
  onClosed: () => void = () => undefined,
): Promise<Recording> {
  try {
    const { continues } = options;
    const found = continues === undefined ? find(store) : continueAs(store, find(store), continues);
    const recording = new Recording(store, found, options, onClosed);
    await recording.open(found);
    return recording;
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** The number after all that can be read: lower than `end` if the newest segment is damaged. */
function writtenEnd({ segments, end }: Recovered): number {
  const last = segments.at(-1);
  return last === undefined ? end : endOf(last);
}

/** A journal that is being written. */
export class Recording {
  readonly epoch: string;
  readonly first: number;
  readonly next: number;
  readonly archive: History;
  readonly #store: Store;
  readonly #options: RecordingOptions;
  readonly #onClosed: () => void;
  readonly #now: () => number;
  readonly #ledger: Ledger;
  readonly #writer: Writer;
  readonly #housekeeping: Subscription;
  readonly #snapshots: Snapshots;
  readonly #snapshotter: Snapshotter;
  readonly #packer: Packer;
  #appender: Appender | undefined;
  #closed = false;

  constructor(store: Store, found: Recovered, options: RecordingOptions, onClosed: () => void) {
    this.#onClosed = onClosed;
    const { log, clock, retention, scheduler } = options;
    const { epoch, salt } = found.saved.numbers;
    const now = (): number => Number(clock() / 1_000_000n);
    this.epoch = epoch;
    this.first = found.first;
    this.next = found.first;
    this.archive = historyOf(store, found, log, () => this.#writer.next);
    this.#store = store;
    this.#options = options;
    this.#now = now;
    this.#ledger = new Ledger(store, found.saved, log);
    const limits = segmentLimits(retention);
    this.#writer = new Writer(store, this.archive, { epoch, salt, next: writtenEnd(found), now, ...limits });
    this.#snapshots = new Snapshots(store, salt, found.first);
    const limit = retention.size / 16;
    this.#snapshotter = new Snapshotter(this.archive, this.#snapshots, { scheduler, log, limit });
    this.#packer = new Packer(store, this.archive, { log, scheduler });
    const keepHouse = (): void => this.#keepHouse();
    this.#housekeeping = scheduler.schedule(function () {
      keepHouse();
      this.schedule(undefined, EXPIRE_EVERY);
    }, EXPIRE_EVERY);
  }

  get status(): JournalStatus {
    const { durable, segments } = this.archive;
    const bytes = segments.reduce((sum, { size }) => sum + size, 0);
    const { lost = 0, failure } = this.#appender ?? {};
    return { durable, bytes, pending: this.#writer.pendingBytes, lost, failure: failure?.message };
  }

  /** Tidies the recovered content, and reserves the numbers of this run. */
  async open(found: Recovered): Promise<void> {
    const { log, clock } = this.#options;
    const { first, end, saved } = found;
    await tidy(this.#store, found, log);
    const { continues } = this.#options;
    // A collector that runs already gives numbers out, without marks, until it is followed.
    await this.#ledger.open(Math.max(first, continues?.head ?? 0), end, continues === undefined);
    // Both copies: with the older one, a second damage would lead to the same numbers again.
    if (saved.isOld === true) await this.#ledger.save({});
    const newest = found.segments.at(-1)?.entries.at(-1)?.max ?? 0n;
    if (end > this.#writer.next) this.#writer.gap(end, 'damaged', newest, clock());
    if (first > end) {
      const reason = found.exact && saved.numbers.clean ? 'damaged' : 'crash';
      const missing = found.exact && reason === 'crash' ? MISSING.unwritten : MISSING[reason];
      log.warn({ from: end, to: first - 1, reason }, `${first - end} ${missing}`);
      this.#writer.gap(first, reason, newest, clock());
    }
    await this.#write();
  }

  follow(collector: Pick<Collector, 'reader'>): void {
    const { continues } = this.#options;
    const cursor = continues && formatCursor(continues.epoch, continues.first - 1);
    const reader = collector.reader({ cursor });
    const head = this.#writer.next + reader.lag;
    this.#appender = new Appender(reader, this.#writer, {
      ...this.#options,
      buffer: Math.min(BUFFER, this.#options.retention.size / 4),
      prepare: async () => {
        await this.#expire();
      },
      onTaken: (events) => this.#snapshotter.take(events, this.#now()),
      handsOver: this.#options.durability !== 'none',
      slack: slackOf(this.#options.retention),
      onHead: (head) => this.#ledger.keepAhead(head, this.archive.durable + 1),
    });
    this.archive.mark = (head) => this.#ledger.mark(head);
    this.archive.record = () => this.#appender?.record();
    // If the disk fails, the next write of the numbers tries again.
    if (continues !== undefined) this.#ledger.trustMarks(head).catch(() => undefined);
  }

  newestOf(source: EventSource, count: number): readonly EngineEvent[] {
    return newestOf(this.archive, source, count);
  }

  hasLost(source: EventSource): boolean {
    return hasLost(this.archive, source);
  }

  async containersAt(time: Instant): Promise<ContainersAt> {
    return await containersAt(this.archive, this.#snapshots, time, () => this.#closed);
  }

  async states(): Promise<ContainersAt> {
    const fold = await this.#snapshotter.states();
    const at = String(this.#options.clock());
    return { at, containers: fold.containers(), gaps: fold.gaps() };
  }

  async flush(): Promise<void> {
    await this.#appender?.flush();
  }

  async close(): Promise<void> {
    this.#housekeeping.unsubscribe();
    this.#closed = true;
    await this.#appender?.close();
    this.#writer.endSegment();
    const settled = this.#writer.next;
    await this.#packer.stop();
    await this.#snapshotter.end();
    if (await this.#write()) await this.#ledger.save({ reserved: settled, settled, clean: true });
    await this.#store.close();
    this.#onClosed();
  }

  /** Makes room for the next write. */
  async #expire(): Promise<void> {
    const { kept } = this.#snapshots;
    this.#packer.wake();
    const besides = kept.reduce((sum, { size }) => sum + size, this.#packer.besides);
    const expired = expire(this.archive, this.#options.retention, this.#now(), besides);
    if (expired.length === 0) return;
    // Saved before the deletion: after a crash in between, the journal still knows what expired.
    const { forgotten, oldest } = this.archive;
    await this.#ledger.save({ forgotten, oldest });
    const snapshots = this.#snapshots.expire(this.archive.oldest);
    for (const { name } of [...expired, ...snapshots]) await this.#store.remove(name);
  }

  /** Writes all events. Resolves with true once they are on disk, with false after a failure. */
  async #write(): Promise<boolean> {
    try {
      await this.#expire();
      await this.#writer.commit();
      return true;
    } catch (error) {
      this.#options.log.error({ err: error }, 'the journal cannot be written');
      return false;
    }
  }

  /** Expires old events even if no new ones come. */
  #keepHouse(): void {
    this.#writer.endOldSegment();
    void this.#appender?.flush();
  }
}
