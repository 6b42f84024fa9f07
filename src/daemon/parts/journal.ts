/** The journal: what this daemon and those before it have recorded. */
import { journalIn, openJournal, readJournal } from '../../journal/journal.ts';
import { LockError } from '../../lock.ts';
import { DaemonStartError } from '../start-error.ts';
import type { Building, Part } from '../part.ts';

export const journal: Part = async (daemon) => {
  const { options, log, scheduler } = daemon;
  const { dataDir, durability, retainAge, retainSize } = options;
  if (dataDir === undefined) return undefined;
  const directory = journalIn(dataDir);
  try {
    const opened = await openJournal({ directory, durability, retainAge, retainSize, log, scheduler });
    const { epoch, first, archive } = opened;
    daemon.collectorOptions = { ...daemon.collectorOptions, epoch, first, archive };
    daemon.journal = opened;
    opened.follow(daemon.collector);
    log.info({ directory, next: first }, `the journal is ${directory}`);
    return async () => {
      daemon.collector.complete();
      await opened.close();
    };
  } catch (error) {
    if (error instanceof LockError && error.code === 'held')
      throw new DaemonStartError(`${error.message} (--data-dir)`);
    if (error instanceof RangeError) throw error;
    log.error({ err: error, directory }, 'no journal can be written: what happens from now on is not kept');
    return readOnly(daemon, directory);
  }
};

/** What was recorded can still be read. Numbers cannot be kept, so they are those of another epoch. */
function readOnly(daemon: Building, directory: string): ReturnType<Part> {
  try {
    const reader = readJournal({ directory, log: daemon.log });
    if (reader === undefined) return undefined;
    const { first, archive } = reader;
    daemon.collectorOptions = { ...daemon.collectorOptions, first, archive };
    return () => reader.close();
  } catch (error) {
    daemon.log.error({ err: error, directory }, 'nor can it be read');
    return undefined;
  }
}
