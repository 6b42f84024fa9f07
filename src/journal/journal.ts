/**
 * The journal holds the events that survive a restart. Open it before the collector, close it
 * after.
 */
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
import { type Durability, openFiles } from './store/file-store.ts';
import { hasLost, newestOf } from './read/newest-of.ts';
import { find, historyOf, type Numbering } from './read/recovery.ts';
import { RETENTION } from './write/retention.ts';
import { type JournalStatus, openRecording, type RecordingOptions } from './write/recording.ts';
import { Snapshots } from './states/snapshots.ts';
import type { Store } from './store/store.ts';

export type { JournalStatus, Numbering };

/** The directory of a daemon's journal. */
export function journalIn(dataDir: string): string {
  return join(dataDir, 'journal');
}

/** Options of `openJournal`. */
export interface JournalOptions {
  /** The directory of its files; created if it does not exist. */
  readonly directory: string;
  /** Failures that an acknowledged event survives (see {@link Durability}). Default `fsync`. */
  readonly durability?: Durability | undefined;
  /** Events recorded longer ago than this expire: in ms. Default 7 days. */
  readonly retainAge?: number | undefined;
  /** Most bytes of its files, at least 1 MiB. Default 1 GiB. */
  readonly retainSize?: number | undefined;
  /** Longest time between two writes: in ms. Default 10, with `none` 1,000. */
  readonly commitEvery?: number | undefined;
  /** Most events between two writes. Default 1,000, with `none` 100,000. */
  readonly commitEvents?: number | undefined;
  /** Default: no log. */
  readonly log?: Log | undefined;
  /** The clock of commits. Default: the wall clock. */
  readonly scheduler?: SchedulerLike | undefined;
  /** The time of recording: nanoseconds since the Unix epoch. Default: this machine's clock. */
  readonly clock?: (() => Instant) | undefined;
  /** Storage of the journal. Default: files in `directory`. */
  readonly store?: Store | undefined;
  /**
   * The numbering of a collector that began without the journal. The journal then takes over all
   * events from that number that the collector still holds. Default: the journal's own numbering.
   */
  readonly continues?: Numbering | undefined;
}

/** A journal opened for reading. */
export interface JournalReader {
  /** For `createCollector`: the numbering, the next number, and the history. */
  readonly epoch: string;
  readonly first: number;
  readonly archive: Archive;
  /** The number that the next writer begins with: beyond all that can have been given out. */
  readonly next: number;
  /** The newest events of a source, at most `count`, oldest first: an engine resumes from them. */
  newestOf(source: EventSource, count: number): readonly EngineEvent[];
  /**
   * Tests whether a crash, damage or a slow disk can have taken events of a source after the newest
   * one that is left.
   */
  hasLost(source: EventSource): boolean;
  /** Resolves with the containers at that time: see {@link ContainersAt}. */
  containersAt(time: Instant): Promise<ContainersAt>;
  /** Frees the resources of the system. */
  close(): Promise<void>;
}

/** An open journal: it is read, and it records the events of a collector. */
export interface Journal extends JournalReader {
  readonly status: JournalStatus;
  /** Takes all events that the collector gets from now on. Call it once. */
  follow(collector: Pick<Collector, 'reader'>): void;
  /** Resolves with the states of containers after all recorded events. */
  states(): Promise<ContainersAt>;
  /** Writes all events so far; resolves even if that fails. */
  flush(): Promise<void>;
  /**
   * Closes the journal in order, with all events of the collector; complete the collector before.
   */
  close(): Promise<void>;
}

/**
 * Opens a journal, or creates one. Unreadable parts become gaps, unusable files are set aside, and
 * the log reports both. Only one process at a time can write a journal.
 *
 * @throws RangeError if an option is out of range
 * @throws LockError if another process has it open for writing
 * @throws the system's error if the directory cannot be written
 *
 * @example
 * const journal = await openJournal({ directory: '/var/lib/tidings/journal' });
 * const collector = createCollector({ ...journal });
 * journal.follow(collector);
 */
export async function openJournal(options: JournalOptions): Promise<Journal> {
  const { directory, durability = 'fsync' } = options;
  const lazy = durability === 'none';
  const settings: RecordingOptions = {
    durability,
    retention: { age: options.retainAge ?? RETENTION.age, size: options.retainSize ?? RETENTION.size },
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

/** Options of `readJournal`. */
export interface ReadJournalOptions extends Pick<JournalOptions, 'directory' | 'log'> {
  /** Storage of the journal. Default: files in `directory`. */
  readonly store?: Store | undefined;
}

/**
 * Opens a journal for reading, even while another process writes it. Changes nothing.
 *
 * @returns undefined if there is no journal
 * @throws the system's error if it cannot be read
 * @throws LaterFormatError if a later version wrote it
 */
export function readJournal({
  directory,
  log = silent,
  store,
}: ReadJournalOptions): JournalReader | undefined {
  if (store === undefined && !existsSync(directory)) return undefined;
  const files = store ?? openFiles(directory, { durability: 'none', readOnly: true });
  const found = find(files);
  const { segments, unusable, damage, saved, end, later } = found;
  if (later !== undefined) throw later;
  for (const { name, why } of [...unusable, ...damage]) log.warn({ file: name, why }, `${name}: ${why}`);
  if (segments.length === 0 && saved.version === 0) return undefined;
  const history = historyOf(files, found, log, () => end);
  return {
    epoch: saved.numbers.epoch,
    first: end,
    next: found.first,
    archive: history,
    newestOf: (source, count) => newestOf(history, source, count),
    hasLost: (source) => hasLost(history, source),
    containersAt: (time) =>
      containersAt(history, new Snapshots(files, saved.numbers.salt, found.first), time),
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
