/** Segments that are compressed while others read and write. */
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { VirtualTimeScheduler } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { createCollector } from '../../../../src/collector/collector.ts';
import type { EngineEvent, IncomingEvent } from '../../../../src/event.ts';
import { openJournal, readJournal } from '../../../../src/journal/journal.ts';
import { cursorAndEvent } from '../../../support/arbitraries.ts';
import { event } from '../../../support/events.ts';
import { type MemoryStore, memoryStore } from '../../../support/memory-store.ts';

const events = (count: number): IncomingEvent[] =>
  Array.from({ length: count }, (_, i) =>
    event({
      id: `c${i % 50}`,
      name: `web-${i % 50}`,
      timeNano: BigInt(i),
      attributes: { image: 'busybox', n: `${i}` },
    }),
  );

/** A journal of so many events in one segment that is sealed. */
async function written(all: readonly IncomingEvent[]): Promise<MemoryStore> {
  const store = memoryStore();
  const journal = await openJournal({ directory: '', store, scheduler: new VirtualTimeScheduler() });
  const collector = createCollector({ ...journal });
  journal.follow(collector);
  for (let i = 0; i < all.length; i += 100)
    collector.append(all.slice(i, i + 100).map((each) => ({ ...each, seq: 0 })));
  collector.complete();
  await journal.close();
  return store;
}

/** Everything that a process finds which reads the store now. */
function contentOf(store: MemoryStore): readonly EngineEvent[] {
  const journal = readJournal({ directory: '', store });
  if (journal === undefined) return [];
  const { events, gap } = journal.archive.read(1, journal.first, Number.MAX_SAFE_INTEGER, {});
  expect(gap).toBeUndefined();
  return events;
}

const names = (store: MemoryStore): string[] =>
  [...store.files.keys()].filter((name) => /segment|packed/.test(name)).sort();

/** Opens a journal and lets time pass until its sealed segments are packed. */
async function pack(store: MemoryStore): Promise<void> {
  const scheduler = new VirtualTimeScheduler();
  const journal = await openJournal({ directory: '', store, scheduler });
  const collector = createCollector({ ...journal });
  journal.follow(collector);
  await journal.flush();
  scheduler.maxFrames = 2000;
  scheduler.flush();
  while (names(store).some((name) => name.endsWith('.segment'))) await delay(1);
  collector.complete();
  await journal.close();
}

describe('a packed segment', () => {
  it('holds the same events in less room, for every reader', async () => {
    const store = await written(events(3000));
    const before = contentOf(store);
    const stale = readJournal({ directory: '', store });
    const size = store.files.get(names(store)[0] ?? '')?.length ?? 0;
    await pack(store);
    expect(names(store)).toEqual(['0000000000000001.packed']);
    expect(store.files.get('0000000000000001.packed')?.length).toBeLessThan(size / 2);
    expect(contentOf(store)).toEqual(before);
    // A process that opened the journal before continues in the packed segment.
    expect(stale?.archive.read(1, 3001, 5000, {}).events).toEqual(before);
    const web = stale?.archive.read(1, 3001, 5000, { names: ['web-7'] }).events ?? [];
    expect(web.filter(({ name }) => name === 'web-7').length).toBe(60);
  });

  it('brings back any event exactly', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          cursorAndEvent.map((each) => each.event),
          { minLength: 1, maxLength: 50 },
        ),
        async (all) => {
          const store = await written(all.map((each) => ({ ...each, seq: 0 })));
          const before = contentOf(store);
          await pack(store);
          expect(contentOf(store)).toEqual(before);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('takes the place of its segment wherever a crash comes', async () => {
    const store = await written(events(3000));
    const before = contentOf(store);
    const plain = store.files.get('0000000000000001.segment') ?? Buffer.alloc(0);
    await pack(store);
    const packed = store.files.get('0000000000000001.packed') ?? Buffer.alloc(0);
    for (const length of [0, 10, 60, packed.length >> 1, packed.length - 1, packed.length]) {
      const files = new Map(store.files);
      files.set('0000000000000001.segment', plain);
      files.set('0000000000000001.packed', Buffer.from(packed.subarray(0, length)));
      const crashed = memoryStore(files);
      expect(contentOf(crashed)).toEqual(before);
      const journal = await openJournal({ directory: '', store: crashed });
      await journal.close();
      expect(names(crashed)).toEqual([
        length === packed.length ? '0000000000000001.packed' : '0000000000000001.segment',
      ]);
      expect(contentOf(crashed)).toEqual(before);
    }
  });

  it('that is damaged is a gap where it is damaged', async () => {
    const store = await written(events(3000));
    await pack(store);
    const packed = store.files.get('0000000000000001.packed') ?? Buffer.alloc(0);
    packed.fill(0x5a, packed.length >> 1, (packed.length >> 1) + 20);
    const journal = readJournal({ directory: '', store });
    const { events: first, gap } = journal?.archive.read(1, 3001, 5000, {}) ?? { events: [] };
    expect(first.length).toBe(1024);
    expect(gap).toEqual({ from: 1025, to: 2048, reason: 'damaged' });
  });
});
