/** Segments that are compressed while others read and write. */
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { VirtualTimeScheduler } from 'rxjs';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createCollector } from '../../../../src/collector/collector.ts';
import type { EngineEvent, IncomingEvent } from '../../../../src/event.ts';
import { blocksIn, HEADER, KIND } from '../../../../src/journal/format/block.ts';
import { openJournal, readJournal } from '../../../../src/journal/journal.ts';
import { ColumnsWriter } from '../../../../src/journal/write/columns-writer.ts';
import { silent } from '../../../../src/log.ts';
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

/** Offsets of the whole blocks of that kind. */
const placesOf = (bytes: Buffer, wanted: number): number[] => {
  const header = JSON.parse(bytes.toString('latin1', HEADER, bytes.indexOf('}', HEADER) + 1)) as {
    salt: number;
  };
  return [...blocksIn(bytes, HEADER, header.salt)].filter(({ kind }) => kind === wanted).map(({ at }) => at);
};

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

  it('stays unpacked if its compression fails, and the journal records further events', async () => {
    const store = await written(events(2000));
    const scheduler = new VirtualTimeScheduler();
    const warnings: string[] = [];
    const warn = (_: object, text?: string): void => void warnings.push(text ?? '');
    const journal = await openJournal({ directory: '', store, scheduler, log: { ...silent, warn } });
    const collector = createCollector({ ...journal });
    journal.follow(collector);
    await journal.flush();
    const encode = vi.spyOn(ColumnsWriter.prototype, 'encode').mockImplementation(() => {
      throw new Error('no room');
    });
    onTestFinished(() => encode.mockRestore());
    scheduler.maxFrames = 2000;
    scheduler.flush();
    await vi.waitFor(() => expect(warnings).toEqual(['a segment of the journal could not be compressed']));
    collector.append(events(1));
    await journal.flush();
    collector.complete();
    await journal.close();
    expect(names(store).some((name) => name.endsWith('.packed'))).toBe(false);
    expect(contentOf(store)).toHaveLength(2001);
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
    const store = await written(events(10_000));
    await pack(store);
    const packed = store.files.get('0000000000000001.packed') ?? Buffer.alloc(0);
    packed.fill(0x5a, packed.length >> 1, (packed.length >> 1) + 20);
    const journal = readJournal({ directory: '', store });
    const { events: first, gap } = journal?.archive.read(1, 10_001, 50_000, {}) ?? { events: [] };
    expect(first.length).toBe(4096);
    expect(gap).toEqual({ from: 4097, to: 8192, reason: 'damaged' });
    expect(journal?.archive.read(8193, 10_001, 50_000, {}).events.length).toBe(10_000 - 8192);
  });

  it('is read with either copy of its dictionary, and is a gap without both', async () => {
    const store = await written(events(5000));
    await pack(store);
    const right = contentOf(store);
    const name = '0000000000000001.packed';
    const whole = store.files.get(name) ?? Buffer.alloc(0);
    const copies = placesOf(whole, KIND.dictionary);
    expect(copies.length).toBe(2);
    const damaged = (at: readonly number[]): MemoryStore => {
      const bytes = Buffer.from(whole);
      for (const each of at) bytes.fill(0x5a, each + 50, each + 60);
      return memoryStore(new Map([...store.files, [name, bytes]]));
    };
    for (const copy of copies) expect(contentOf(damaged([copy]))).toEqual(right);
    const journal = readJournal({ directory: '', store: damaged(copies) });
    const { events: none, gap } = journal?.archive.read(1, 5001, 50_000, {}) ?? { events: [] };
    expect(none).toEqual([]);
    expect(gap).toEqual({ from: 1, to: 4096, reason: 'damaged' });
  });

  it('is read block by block if its index is damaged', async () => {
    const store = await written(events(10_000));
    await pack(store);
    const right = contentOf(store);
    const packed = store.files.get('0000000000000001.packed') ?? Buffer.alloc(0);
    packed.fill(0x5a, packed.length - 40, packed.length - 30);
    expect(contentOf(store)).toEqual(right);
    const journal = readJournal({ directory: '', store });
    const about = journal?.archive.read(1, 10_001, 50_000, { names: ['web-7'] }).events ?? [];
    expect(about.filter(({ name }) => name === 'web-7').length).toBe(200);
  });

  it('skips the chunks that hold no wanted action, attribute or name', async () => {
    const rare = (i: number): Partial<IncomingEvent> =>
      i === 9000 ? { action: 'oom', attributes: { image: 'other', n: 'x' } } : {};
    const store = await written(events(10_000).map((each, i) => ({ ...each, ...rare(i) })));
    await pack(store);
    const reads: number[] = [];
    const counting: MemoryStore = {
      ...store,
      read: (name, offset, length) => {
        reads.push(length);
        return store.read(name, offset, length);
      },
    };
    const journal = readJournal({ directory: '', store: counting });
    const [largest = 0] = journal?.archive.read(1, 10_001, 1, {}) ? reads.toSorted((a, b) => b - a) : [];
    const having = (field: 'action' | 'attribute', value: string): readonly number[] => {
      reads.length = 0;
      const window = { having: [{ field, values: [value] }] };
      const found = journal?.archive.read(1, 10_001, 50_000, window).events ?? [];
      expect(reads.every((length) => length < largest)).toBe(true);
      return found.map(({ seq }) => seq);
    };
    expect(having('action', 'no such')).toEqual([]);
    expect(having('attribute', 'image=none')).toEqual([]);
    expect(having('action', 'oom')).toContain(9001);
    expect(having('attribute', 'image=other')).toContain(9001);
    expect(having('action', 'oom').length).toBeLessThan(2000);
  });
});
