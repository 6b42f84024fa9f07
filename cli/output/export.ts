/** Writes recorded events to stdout as lines of JSON, at the pace of its reader. */
import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { createCollector, type Query } from '../../src/index.ts';
import { frameBlocks, gapFrame } from '../../src/internal.ts';
import type { JournalReader } from '../../src/journal.ts';
import { endedBy, EXIT } from '../exit.ts';
import type { Io } from '../io.ts';
import { Progress } from './progress-line.ts';

/** Writes the events and gaps of a query. @returns the exit code */
export async function writeExport(journal: JournalReader, query: Query, io: Io): Promise<number> {
  const { epoch, first, archive } = journal;
  const collector = createCollector({ epoch, first, archive, limit: 1 });
  const reader = collector.reader({ ...query, follow: false });
  const progress = new Progress(io, 'exported', first - reader.position);
  const { stdout, signal } = io;
  let isUnread = false;
  const stopWatching = io.whenReaderGone(() => (isUnread = true));
  try {
    for (const { bytes, examined } of frameBlocks(reader, epoch, gapFrame)) {
      if (signal.aborted || isUnread) break;
      // The stream may keep the bytes, and the block is used again.
      if (!stdout.write(Buffer.from(bytes))) await once(stdout, 'drain', { signal }).catch(() => undefined);
      else await setImmediate();
      progress.show(examined);
    }
    return signal.aborted ? endedBy(signal) : EXIT.done;
  } finally {
    stopWatching();
    progress.end();
    reader.close();
    await journal.close();
  }
}
