import { mkdtempSync, rmSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { VirtualTimeScheduler } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Collector, createCollector } from '../../../src/collector/collector.ts';
import { formatCursor } from '../../../src/collector/cursor.ts';
import { type Journal, openJournal, type JournalOptions, readJournal } from '../../../src/journal/journal.ts';
import { events } from '../../support/events.ts';
import { memoryStore } from '../../support/memory-store.ts';
import { record } from '../../support/record.ts';

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

/** All readable numbers, and gaps as texts. */
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
  it('holds the events that the ring has dropped, and continues in the same numbering', async () => {
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

  it('tells a client that resumes after a crash what it cannot have, and misses nothing after it', async () => {
    const store = memoryStore();
    const scheduler = new VirtualTimeScheduler();
    const first = await start({ store, scheduler });
    await feed(first, 30);
    await first.journal.flush();
    const { durable } = first.collector;
    store.hold();
    await feed(first, 30);
    // Delivered live, not durable: the power goes.
    const { newest } = first.collector;
    const second = await start({ store: store.afterPowerCut(0), scheduler });
    const { epoch, first: next } = second.journal;
    expect(next).toBeGreaterThan(60);
    await feed(second, 2);
    const resumed = record(second.collector.frames({ cursor: newest, follow: false }));
    await resumed.until(({ kind }) => kind === 'end');
    expect(resumed.values).toMatchObject([
      { kind: 'ready' },
      { kind: 'gap', from: formatCursor(epoch, 61), to: formatCursor(epoch, next - 1), reason: 'crash' },
      { kind: 'event', cursor: formatCursor(epoch, next) },
      { kind: 'event', cursor: formatCursor(epoch, next + 1) },
      { kind: 'replay-end' },
      { kind: 'end' },
    ]);
    expect(everything(second)).toEqual([...range(1, 30), `31-${next - 1} crash`, next, next + 1]);
    expect(durable).toBe(formatCursor(epoch, 30));
    await second.journal.flush();
    const ready = record(second.collector.frames({ follow: false })).values[0];
    expect(ready).toMatchObject({ kind: 'ready', durable: formatCursor(epoch, next + 1) });
    await second.stop();
  });

  it('is read by others while it is written', async () => {
    const running = await start();
    for (const held of [120, 2400]) {
      await feed(running, held - running.collector.status.events);
      await running.journal.flush();
      const other = readJournal({ directory });
      expect(other?.first).toBe(held + 1);
      const { events: seen, gap } = other?.archive.read(1, held + 1, 5000, {}) ?? {};
      expect(seen?.map(({ seq }) => seq)).toEqual(range(1, held));
      expect(gap).toBeUndefined();
      await other?.close();
    }
    await running.stop();
  });

  it('lets a reader pause, and then continue over all events meanwhile', async () => {
    const running = await start();
    const reader = running.collector.reader();
    await feed(running, 4000);
    const seen: number[] = [];
    for (let more = true; more;) {
      const chunk = reader.read(100);
      expect(chunk.gap).toBeUndefined();
      seen.push(...chunk.events.map(({ seq }) => seq));
      more = chunk.more;
    }
    expect(seen).toEqual(range(1, 4000));
    reader.close();
    await running.stop();
  });
});
