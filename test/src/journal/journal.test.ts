import { mkdtempSync, rmSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Collector, createCollector } from '../../../src/collector/collector.ts';
import { type Journal, openJournal, type JournalOptions } from '../../../src/journal/journal.ts';
import { events } from '../../support/events.ts';

let directory: string;
beforeEach(() => void (directory = mkdtempSync('/tmp/td-')));
afterEach(() => rmSync(directory, { recursive: true }));

interface Running {
  readonly journal: Journal;
  readonly collector: Collector;
  stop(): Promise<void>;
}

async function start(options: Partial<JournalOptions> = {}, limit = 100): Promise<Running> {
  const journal = await openJournal({ directory, ...options });
  const { epoch, first, archive } = journal;
  const collector = createCollector({ limit, epoch, first, archive });
  journal.follow(collector);
  const stop = async (): Promise<void> => {
    collector.complete();
    await journal.close();
  };
  return { journal, collector, stop };
}

/** Events, as many in one turn of the event loop as the ring has room for. */
async function feed({ collector }: Running, count: number): Promise<void> {
  for (let left = count; left > 0; left -= 50) {
    collector.append(events(Math.min(50, left)));
    await setImmediate();
  }
}

/** All that can be had: numbers, and gaps as texts. */
function everything({ collector }: Running, query = {}): (number | string)[] {
  const reader = collector.reader({ since: 0n, follow: false, ...query });
  const out: (number | string)[] = [];
  for (let more = true; more;) {
    const chunk = reader.read(50);
    out.push(...chunk.events.map(({ seq }) => seq));
    if (chunk.gap) out.push(`${chunk.gap.from}-${chunk.gap.to} ${chunk.gap.reason}`);
    more = chunk.more;
  }
  reader.close();
  return out;
}

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe('the journal', () => {
  it('holds what the ring has no more, and goes on in the same numbering', async () => {
    const first = await start();
    await feed(first, 2500);
    await first.journal.flush();
    expect(first.journal.status.durable).toBe(2500);
    expect(everything(first)).toEqual(range(1, 2500));
    await first.stop();

    const second = await start();
    expect(second.collector.epoch).toBe(first.collector.epoch);
    expect(second.journal.first).toBe(2501);
    await feed(second, 10);
    expect(everything(second)).toEqual(range(1, 2510));
    await second.stop();
  });
});
