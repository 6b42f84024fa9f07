/** The part that records events in the journal, and reads those of earlier runs. */
import type { Subscription } from 'rxjs';
import type { Archive } from '../../collector/archive.ts';
import { parseCursor } from '../../collector/cursor.ts';
import type { Instant } from '../../instant.ts';
import {
  type Journal,
  journalIn,
  type JournalReader,
  type JournalStatus,
  openJournal,
  readJournal,
  type Numbering,
} from '../../journal/journal.ts';
import { LockError } from '../../lock.ts';
import type { DaemonState, DaemonJournal, Part } from '../part.ts';
import { DaemonStartError } from '../start-error.ts';

/** Interval between attempts to open an unwritable journal: in ms. */
const RETRY = 1000;

/** An instant after all events. */
const EVER = 2n ** 62n;

/** First number of a run whose journal is unreadable: far above all numbers in a journal. */
const FAR = 2 ** 40;

export const journal: Part = async (daemon) => {
  const { dataDir } = daemon.options;
  if (dataDir === undefined) return undefined;
  const directory = journalIn(dataDir);
  try {
    const opened = await open(daemon, directory);
    const { epoch, first, archive } = opened;
    daemon.collectorOptions = { ...daemon.collectorOptions, epoch, first, archive };
    daemon.journal = opened;
    opened.follow(daemon.collector);
    daemon.log.info({ directory, next: first }, `the journal is ${directory}`);
    return async () => {
      daemon.collector.complete();
      await opened.close();
    };
  } catch (error) {
    if (error instanceof LockError && error.code === 'held')
      throw new DaemonStartError(`${error.message} (--data-dir)`);
    if (error instanceof RangeError) throw error;
    const text =
      'the journal cannot be written: events are only in memory until it can, and it is tried again';
    daemon.log.error({ err: error, directory }, text);
    const late = new LateJournal(daemon, directory, error as Error);
    daemon.journal = late;
    return async () => {
      daemon.collector.complete();
      await late.close();
    };
  }
};

async function open(
  { options, log, scheduler }: DaemonState,
  directory: string,
  continues?: Numbering,
): Promise<Journal> {
  const { durability, retainAge, retainSize } = options;
  return await openJournal({ directory, durability, retainAge, retainSize, log, scheduler, continues });
}

/**
 * A journal that could not be opened for writing at the start. Its history is read as far as
 * possible. This run has a new numbering, as no number can be reserved; once the journal can be
 * written, it continues under that numbering.
 */
class LateJournal implements DaemonJournal {
  readonly #daemon: DaemonState;
  readonly #directory: string;
  readonly #first: number;
  #failure: Error;
  #reader: JournalReader | undefined;
  #journal: Journal | undefined;
  #timer: Subscription | undefined;
  #opening: Promise<void> | undefined;
  #closed = false;

  constructor(daemon: DaemonState, directory: string, failure: Error) {
    this.#daemon = daemon;
    this.#directory = directory;
    this.#failure = failure;
    this.#first = this.#read();
    daemon.collectorOptions = { ...daemon.collectorOptions, first: this.#first, archive: this.#archive() };
    this.#retry();
  }

  get status(): JournalStatus {
    const { message } = this.#failure;
    const durable = this.#reader?.archive.durable ?? 0;
    return this.#journal?.status ?? { durable, bytes: 0, pending: 0, lost: 0, failure: message };
  }

  newestOf(...of: Parameters<DaemonJournal['newestOf']>): ReturnType<DaemonJournal['newestOf']> {
    return (this.#journal ?? this.#reader)?.newestOf(...of) ?? [];
  }

  hasLost(...of: Parameters<DaemonJournal['hasLost']>): boolean {
    return (this.#journal ?? this.#reader)?.hasLost(...of) ?? false;
  }

  async containersAt(time: Instant): ReturnType<DaemonJournal['containersAt']> {
    const history = this.#journal ?? this.#reader;
    return (await history?.containersAt(time)) ?? { at: String(time), containers: [], gaps: [] };
  }

  async states(): ReturnType<DaemonJournal['states']> {
    return await this.containersAt(EVER);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.unsubscribe();
    await this.#opening;
    await this.#journal?.close();
    await this.#reader?.close();
  }

  /** Opens the history for reading. @returns the first number of this run */
  #read(): number {
    try {
      this.#reader = readJournal({ directory: this.#directory, log: this.#daemon.log });
      return this.#reader?.next ?? 1;
    } catch (err) {
      this.#daemon.log.error({ err, directory: this.#directory }, 'the journal cannot be read either');
      return FAR;
    }
  }

  /** The history behind the collector: of the reader, later of the journal. */
  #archive(): Archive {
    // Claims the events of this run, so that readers get a gap for those that memory no longer
    // holds.
    const nothing: Archive = {
      oldest: this.#first,
      forgotten: undefined,
      durable: 0,
      read: (from) => ({ events: [], next: from }),
    };
    const current = (): Archive => (this.#journal ?? this.#reader)?.archive ?? nothing;
    const first = this.#first;
    return {
      get oldest() {
        return current().oldest;
      },
      get forgotten() {
        return current().forgotten;
      },
      get durable() {
        return current().durable;
      },
      read: (from, to, limit, window) => {
        const found = current().read(from, to, limit, window);
        const end = Math.min(to, first);
        if (found.next > from || found.gap !== undefined || from >= end) return found;
        // Between the history and this run: numbers that a crash took, if they were used.
        return { events: [], next: end, gap: { from, to: end - 1, reason: 'crash' } };
      },
      mark: (head) => current().mark?.(head),
      record: () => current().record?.(),
    };
  }

  #retry(): void {
    this.#timer = this.#daemon.scheduler.schedule(() => {
      this.#opening = this.#open();
    }, RETRY);
  }

  async #open(): Promise<void> {
    const { collector, log } = this.#daemon;
    const directory = this.#directory;
    try {
      const { epoch, newest } = collector;
      const head = parseCursor(newest).seq + 1;
      const journal = await open(this.#daemon, directory, { epoch, first: this.#first, head });
      journal.follow(collector);
      this.#journal = journal;
      await this.#reader?.close();
      log.info({ directory }, 'the journal can be written again');
    } catch (error) {
      this.#failure = error as Error;
      if (!this.#closed) this.#retry();
    }
  }
}
