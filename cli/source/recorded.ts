/** Recorded events, read without a daemon: from its journal, or from a file. */
import { createReadStream } from 'node:fs';
import { defer, finalize, mergeMap, type Observable } from 'rxjs';
import { createCollector, type Frame, framesIn, type Log, type Query } from '../../src/index.ts';
import { importEvents, journalIn, type JournalReader, memoryStore, readJournal } from '../../src/journal.ts';
import { EXIT, Failure } from '../exit.ts';
import { either } from './either.ts';
import { paced, type PaceOptions } from './pace.ts';

export interface RecordedOptions {
  readonly query: Query;
  readonly paused: Observable<boolean>;
}

/** All events of a journal, as a stream that ends. */
export function framesOfJournal(
  journal: JournalReader,
  { query, paused }: RecordedOptions,
): Observable<Frame> {
  return defer(() => {
    const { epoch, first, archive } = journal;
    const collector = createCollector({ epoch, first, archive, limit: 1 });
    return collector.frames({ ...query, follow: false }, { paused });
  }).pipe(finalize(() => void journal.close()));
}

/**
 * Opens the journal of a daemon for reading; undefined without a journal. Throws a `Failure` if it
 * cannot be read.
 */
export function openRecorded(dataDir: string, notice: (text: string) => void): JournalReader | undefined {
  const directory = journalIn(dataDir);
  try {
    return readJournal({ directory, log: noticing(notice) });
  } catch (error) {
    throw new Failure(EXIT.unavailable, `cannot read the journal: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/**
 * The events of a file from `-o json` or `tidings journal export`; `-` is standard input.
 *
 * @param pace the pace of the events. Default: as fast as they are read
 */
export function framesOfFile(path: string, options: RecordedOptions, pace?: PaceOptions): Observable<Frame> {
  return defer(async () => {
    const store = memoryStore();
    try {
      await importEvents(framesIn(path === '-' ? process.stdin : createReadStream(path)), {
        directory: path,
        store,
      });
    } catch (error) {
      throw new Failure(EXIT.unavailable, `cannot read ${path}: ${(error as Error).message}`, {
        cause: error,
      });
    }
    const journal = readJournal({ directory: path, store });
    if (journal === undefined) throw new Failure(EXIT.unavailable, `no events in ${path}`);
    return journal;
  }).pipe(
    mergeMap((journal) => {
      const { query, paused } = options;
      if (pace === undefined) return framesOfJournal(journal, options);
      return paced((waiting) => framesOfJournal(journal, { query, paused: either(paused, waiting) }), pace);
    }),
  );
}

/** Reports problems of a journal. */
function noticing(notice: (text: string) => void): Log {
  const say = (_: unknown, text: string): void => notice(text);
  return { debug: () => undefined, info: () => undefined, warn: say, error: say };
}
