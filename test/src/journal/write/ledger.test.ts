/** No number is given out twice, wherever a run ends. */
import { VirtualTimeScheduler } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type Collector, createCollector } from '../../../../src/collector/collector.ts';
import { parseCursor } from '../../../../src/collector/cursor.ts';
import { type Journal, type Numbering, openJournal } from '../../../../src/journal/journal.ts';
import type { Store } from '../../../../src/journal/store/store.ts';
import { event } from '../../../support/events.ts';
import { type MemoryStore, memoryStore } from '../../../support/memory-store.ts';

/** More than a store holds. */
const ALL = 2 ** 20;

const open = async (store: Store, continues?: Numbering): Promise<Journal> =>
  await openJournal({ directory: '', store, scheduler: new VirtualTimeScheduler(), continues });

function follow(journal: Journal): Collector {
  const collector = createCollector({ ...journal, limit: 8 });
  journal.follow(collector);
  return collector;
}

/** The number of the next event. */
const headOf = ({ newest }: Collector): number => parseCursor(newest).seq + 1;

/** A store whose system stopped after a run that gave out numbers. */
async function cut(): Promise<{ store: MemoryStore; head: number }> {
  const before = memoryStore();
  const journal = await open(before);
  const collector = follow(journal);
  for (let i = 0; i < 5; i++) collector.append([event({})]);
  await journal.flush();
  return { store: before.afterPowerCut(ALL), head: headOf(collector) };
}

/** The same store, whose process ends after some writes. */
function endingAfter(store: MemoryStore, writes: number): Store {
  let left = writes;
  const write: Store['write'] = async (pieces) => {
    if (left-- > 0) await store.write(pieces);
    else await new Promise(() => undefined);
  };
  return { ...store, write };
}

describe('after a power cut', () => {
  it.each([0, 1, 2])('a kill during the start, after %i writes, reuses no number', async (writes) => {
    const { store } = await cut();
    const { first } = await open(store.afterKill());
    void open(endingAfter(store, writes));
    await new Promise(setImmediate);
    expect((await open(store.afterKill())).first).toBeGreaterThanOrEqual(first);
  });
});

describe('a collector that began without its journal', () => {
  it('reuses no number if it is killed before the journal follows it', async () => {
    const { store, head } = await cut();
    const first = head + 3 * ALL;
    await open(store, { epoch: 'late', first, head: first + 2 * ALL });
    const next = await open(store.afterKill());
    expect(next.epoch).toBe('late');
    expect(next.first).toBeGreaterThanOrEqual(first + 2 * ALL);
  });

  it('keeps the history, although attempts before have reserved numbers and failed', async () => {
    const { store, head } = await cut();
    const { first } = await open(store.afterKill());
    const late = { epoch: 'late', first, head: first };
    const write: Store['write'] = async (pieces) => {
      await store.write(pieces);
      throw new Error('EIO: fsync');
    };
    for (let i = 0; i < 2; i++) await expect(open({ ...store, write }, late)).rejects.toThrow('EIO');
    const journal = await open(store, late);
    const collector = follow(journal);
    const reader = collector.reader({ since: 0n, follow: false });
    let read = 0;
    for (let more = true; more;) {
      const chunk = reader.read(8);
      read += chunk.events.length;
      ({ more } = chunk);
    }
    expect(read).toBe(head - 1);
    reader.close();
  });

  it('skips no number if it is killed afterwards', async () => {
    const { store, head } = await cut();
    const first = head + 3 * ALL;
    const journal = await open(store, { epoch: 'late', first, head: first });
    const collector = follow(journal);
    collector.append([event({})]);
    await journal.flush();
    expect((await open(store.afterKill())).first).toBe(headOf(collector));
  });
});
