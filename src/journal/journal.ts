/** The journal: what survives a restart. Opened before the collector, closed after it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { asyncScheduler, type SchedulerLike } from 'rxjs';
import { nowNano } from '../clock.ts';
import type { Archive } from '../collector/archive.ts';
import type { Collector } from '../collector/collector.ts';
import type { EngineEvent, EventSource } from '../event.ts';
import type { Instant } from '../instant.ts';
import { type Log, silent } from '../log.ts';
import { acquireLock } from '../lock.ts';
import { containersAt, type ContainersAt } from './states/containers-at.ts';
import { type Durability, openFiles } from './store/files.ts';
import { newestOf } from './read/newest-of.ts';
import { find, historyOf, type Numbering } from './read/recovery.ts';
import { type JournalStatus, openRecording, type RecordingOptions } from './write/recording.ts';
import { Snapshots } from './states/snapshots.ts';
import type { Store } from './store/store.ts';

export type { JournalStatus, Numbering };

const DAY = 86_400_000;

/** Where a daemon's journal is. */
export function journalIn(dataDir: string): string {
  return join(dataDir, 'journal');
}

export interface JournalOptions {
  /** The directory of its files; made when it is not there. */
  readonly directory: string;
  /** What an acknowledged event survives: a power cut, a crash of the daemon, nothing. Default `fsync`. */
  readonly durability?: Durability | undefined;
  /** Events recorded longer ago than this expire: in ms. Default 7 days. */
  readonly retainAge?: number | undefined;
  /** The most that its files take up: in bytes, 1 MiB or more. Default 1 GiB. */
  readonly retainSize?: number | undefined;
  /** Events are written at least this often: in ms. Default 10, with `none` 1,000. */
  readonly commitEvery?: number | undefined;
  /** And after so many events. Default 1,000, with `none` 100,000. */
  readonly commitEvents?: number | undefined;
  /** Where it says what it does. Default: nowhere. */
  readonly log?: Log | undefined;
  /** The clock of commits. Default: the wall clock. */
  readonly scheduler?: SchedulerLike | undefined;
  /** When something is recorded: nanoseconds since the Unix epoch. Default: this machine's clock. */
  readonly clock?: (() => Instant) | undefined;
  /** Where it is kept. Default: files in `directory`. */
  readonly store?: Store | undefined;
  /**
   * The numbering of a collector that began without the journal, which then has all of its events from there
   * on that the collector still holds. Default: the journal's own.
   */
  readonly continues?: Numbering | undefined;
}

/** A journal that is only read. */
export interface JournalReader {
  /** For `createCollector`: the numbering, the number after all that is in it, and the history. */
  readonly epoch: string;
  readonly first: number;
  readonly archive: Archive;
  /** The number that the next writer begins with: beyond all that can have been given out. */
  readonly next: number;
  /** The newest events of a source, at most `count` of them, oldest first: for an engine to resume from. */
  newestOf(source: EventSource, count: number): readonly EngineEvent[];
  /** What ran at that time: see {@link ContainersAt}. */
  containersAt(time: Instant): Promise<ContainersAt>;
  /** Gives up what the system holds for it. */
  close(): Promise<void>;
}

export interface Journal extends JournalReader {
  readonly status: JournalStatus;
  /** Takes all that the collector gets from now on. Once. */
  follow(collector: Pick<Collector, 'reader'>): void;
  /** The states of containers after all that is recorded. */
  states(): Promise<ContainersAt>;
  /** Writes what there is by now; resolves whether that succeeds or not. */
  flush(): Promise<void>;
  /** Ends in order, with all that the collector had; complete it before. */
  close(): Promise<void>;
}

/**
 * Opens a journal, or begins one. What cannot be read is left out as a gap, or set aside, and the log says so. One process
 * at a time writes a journal.
 *
 * @throws RangeError when an option is out of range
 * @throws LockError when another process has it
 * @throws what the system says when nothing can be written there
 */
export async function openJournal(options: JournalOptions): Promise<Journal> {
  const { directory, durability = 'fsync' } = options;
  const lazy = durability === 'none';
  const settings: RecordingOptions = {
    durability,
    retention: { age: options.retainAge ?? 7 * DAY, size: options.retainSize ?? 2 ** 30 },
    every: options.commitEvery ?? (lazy ? 1000 : 10),
    count: options.commitEvents ?? (lazy ? 100_000 : 1000),
    log: options.log ?? silent,
    scheduler: options.scheduler ?? asyncScheduler,
    clock: options.clock ?? nowNano,
    continues: options.continues,
  };
  check(settings);
  if (options.store !== undefined) return await openRecording(options.store, settings);
  const lock = await acquireLock(directory);
  try {
    const files = openFiles(directory, { durability, readOnly: false });
    return await openRecording(files, settings, () => lock.release());
  } catch (error) {
    lock.release();
    throw error;
  }
}

export interface ReadJournalOptions extends Pick<JournalOptions, 'directory' | 'log'> {
  /** Where it is kept. Default: files in `directory`. */
  readonly store?: Store | undefined;
}

/**
 * Opens a journal to read what it has now, while another process may be writing it. Changes nothing.
 *
 * @returns undefined when there is none
 * @throws what the system says when it cannot be read
 */
export function readJournal({
  directory,
  log = silent,
  store,
}: ReadJournalOptions): JournalReader | undefined {
  if (store === undefined && !existsSync(directory)) return undefined;
  const files = store ?? openFiles(directory, { durability: 'none', readOnly: true });
  const found = find(files);
  const { segments, unusable, damage, saved, end } = found;
  for (const { name, why } of [...unusable, ...damage]) log.warn({ file: name, why }, `${name}: ${why}`);
  if (segments.length === 0 && saved.version === 0) return undefined;
  const history = historyOf(files, found, log, () => end);
  return {
    epoch: saved.numbers.epoch,
    first: end,
    next: found.first,
    archive: history,
    newestOf: (source, count) => newestOf(history, source, count),
    containersAt: (time) => containersAt(history, new Snapshots(files, saved.numbers.salt), time),
    close: () => files.close(),
  };
}

function check({ retention: { age, size }, every, count }: RecordingOptions): void {
  const wrong = (what: string, value: number, right: string): RangeError =>
    new RangeError(`invalid ${what} ${value}: ${right}`);
  if (!(age >= 1000)) throw wrong('retainAge', age, 'milliseconds, 1,000 or more');
  if (!(size >= 2 ** 20)) throw wrong('retainSize', size, `bytes, ${2 ** 20} or more`);
  if (!(every >= 0 && every <= 60_000)) throw wrong('commitEvery', every, 'milliseconds from 0 to 60,000');
  if (!(count >= 1)) throw wrong('commitEvents', count, 'events, 1 or more');
}
