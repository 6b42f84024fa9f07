/** The journal: what survives a restart. Opened before the collector, closed after it. */
import { asyncScheduler, type SchedulerLike } from 'rxjs';
import { nowNano } from '../clock.ts';
import type { Archive } from '../collector/archive.ts';
import type { Collector } from '../collector/collector.ts';
import type { EngineEvent, EventSource } from '../event.ts';
import type { Instant } from '../instant.ts';
import { type Log, silent } from '../log.ts';
import { keyOfSource } from './about.ts';
import { Appender } from './appender.ts';
import { type Durability, openFiles } from './files.ts';
import type { History } from './history.ts';
import { Ledger } from './ledger.ts';
import { find, historyOf, tidy } from './open.ts';
import { expire, type Retention, segmentLimits } from './retention.ts';
import type { Store } from './store.ts';
import { Writer } from './writer.ts';

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
}

/** What a journal has and does, in numbers. */
export interface JournalStatus {
  /** The newest number that is as durable as was asked for. */
  readonly durable: number;
  /** Bytes that its files take up, those included that are being written. */
  readonly bytes: number;
  /** Bytes that wait for the disk. */
  readonly pending: number;
  /** Events since it was opened that it does not have, as the disk could not keep up. */
  readonly lost: number;
  /** Why it cannot be written at present. */
  readonly failure: string | undefined;
}

export interface Journal {
  /** For `createCollector`: the numbering that goes on, the next number in it, and the history. */
  readonly epoch: string;
  readonly first: number;
  readonly archive: Archive;
  readonly status: JournalStatus;
  /** Takes all that the collector gets from now on, and ends with it. Once. */
  follow(collector: Pick<Collector, 'reader'>): void;
  /** The newest events of a source, at most `count` of them, oldest first: for an engine to resume from. */
  newestOf(source: EventSource, count: number): readonly EngineEvent[];
  /** Writes what there is by now; resolves whether that succeeds or not. */
  flush(): Promise<void>;
  /** Ends in order; complete the collector before. */
  close(): Promise<void>;
}

/** What is taken out of the memory at the latest: in bytes. */
const BUFFER = 16 * 2 ** 20;
/** How often to look for what has expired although nothing is written: in ms. */
const EXPIRE_EVERY = 60_000;

/**
 * Opens a journal, or begins one. What cannot be read is left out as a gap, or set aside, and the log says so.
 *
 * @throws RangeError when an option is out of range
 * @throws what the system says when nothing can be written there
 */
export async function openJournal(options: JournalOptions): Promise<Journal> {
  const {
    directory,
    durability = 'fsync',
    log = silent,
    scheduler = asyncScheduler,
    clock = nowNano,
  } = options;
  const lazy = durability === 'none';
  const { commitEvery = lazy ? 1000 : 10, commitEvents = lazy ? 100_000 : 1000 } = options;
  const retention: Retention = {
    age: options.retainAge ?? 7 * 24 * 3_600_000,
    size: options.retainSize ?? 2 ** 30,
  };
  check(retention, commitEvery, commitEvents);
  const now = (): number => Number(clock() / 1_000_000n);
  const store = options.store ?? openFiles(directory, { durability, readOnly: false });
  const found = find(store);
  const { saved, end, first } = found;
  const history = historyOf(store, found, log, () => writer.next);
  const ledger = new Ledger(store, saved, { log, now });
  await tidy(store, found, log);
  await ledger.open(first, end);
  const { epoch, salt, clean } = saved.numbers;
  const writer = new Writer(store, history, { epoch, salt, next: end, now, ...segmentLimits(retention) });
  if (first > end) {
    const reason = clean ? 'damaged' : 'crash';
    log.warn(
      { from: end, to: first - 1, reason },
      'the journal was not closed in order: these numbers are a gap',
    );
    const newest = history.segments.at(-1)?.entries.at(-1)?.max ?? 0n;
    writer.gap(first, reason, newest, clock());
  }
  let appender: Appender | undefined;

  const prepare = async (): Promise<void> => {
    for (const segment of expire(history, retention, now())) {
      // Known before it happens: a crash in between must not forget that it was forgotten.
      await ledger.save({ forgotten: history.forgotten });
      await store.remove(segment.name);
    }
  };
  /** Whether everything is on disk. */
  const write = async (): Promise<boolean> => {
    try {
      await prepare();
      await writer.commit();
      return true;
    } catch (error) {
      log.error({ err: error }, 'the journal cannot be written');
      return false;
    }
  };
  await write();
  const housekeeping = scheduler.schedule(function () {
    writer.endOldSegment();
    void appender?.flush();
    this.schedule(undefined, EXPIRE_EVERY);
  }, EXPIRE_EVERY);

  return {
    epoch,
    first,
    archive: history,
    get status() {
      const bytes = history.segments.reduce((sum, { size }) => sum + size, 0);
      const { lost = 0, failure } = appender ?? {};
      return {
        durable: history.durable,
        bytes,
        pending: writer.pendingBytes,
        lost,
        failure: failure?.message,
      };
    },
    follow: (collector) => {
      appender = new Appender(collector.reader(), writer, {
        every: commitEvery,
        count: commitEvents,
        buffer: Math.min(BUFFER, retention.size / 4),
        scheduler,
        clock,
        log,
        prepare,
        onHead: (head) => ledger.keepAhead(head, history.durable + 1),
      });
    },
    newestOf: (source, count) => newestOf(history, source, count),
    flush: async () => await appender?.flush(),
    close: async () => {
      await appender?.close();
      housekeeping.unsubscribe();
      writer.endSegment();
      const settled = writer.next;
      if (await write()) await ledger.save({ reserved: settled, settled, clean: true });
      await store.close();
    },
  };
}

function check({ age, size }: Retention, every: number, count: number): void {
  const wrong = (what: string, value: number, right: string): RangeError =>
    new RangeError(`invalid ${what} ${value}: ${right}`);
  if (!(age >= 1000)) throw wrong('retainAge', age, 'milliseconds, 1,000 or more');
  if (!(size >= 2 ** 20)) throw wrong('retainSize', size, `bytes, ${2 ** 20} or more`);
  if (!(every >= 0 && every <= 60_000)) throw wrong('commitEvery', every, 'milliseconds from 0 to 60,000');
  if (!(count >= 1)) throw wrong('commitEvents', count, 'events, 1 or more');
}

function newestOf(history: History, source: EventSource, count: number): readonly EngineEvent[] {
  const newest: EngineEvent[] = [];
  const isOf = (event: EngineEvent): boolean =>
    event.source.engine === source.engine && event.source.endpoint === source.endpoint;
  for (const events of history.backwards([keyOfSource(source)])) {
    newest.unshift(...events.filter(isOf));
    if (newest.length >= count) break;
  }
  return newest.slice(-count);
}
