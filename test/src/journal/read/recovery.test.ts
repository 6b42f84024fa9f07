/** The oldest segment of a journal is damaged or gone: every reader learns which numbers are missing. */
import { VirtualTimeScheduler } from 'rxjs';
import { expect, it } from 'vitest';
import { type Collector, createCollector } from '../../../../src/collector/collector.ts';
import { openJournal, readJournal } from '../../../../src/journal/journal.ts';
import { HEADER } from '../../../../src/journal/format/block.ts';
import { readNumbers } from '../../../../src/journal/store/numbers.ts';
import { event } from '../../../support/events.ts';
import { type MemoryStore, memoryStore } from '../../../support/memory-store.ts';

interface Run {
  readonly collector: Collector;
  close(): Promise<void>;
}

async function begin(store: MemoryStore): Promise<Run> {
  const journal = await openJournal({ directory: '', store, scheduler: new VirtualTimeScheduler() });
  const collector = createCollector({ ...journal, limit: 8 });
  journal.follow(collector);
  const close = async (): Promise<void> => {
    collector.complete();
    await journal.close();
  };
  return { collector, close };
}

/** Runs of 100, 50 and 10 events, each with a segment of its own. */
async function written(): Promise<MemoryStore> {
  const store = memoryStore();
  for (const count of [100, 50, 10]) {
    const { collector, close } = await begin(store);
    for (let i = 0; i < count; i++) collector.append([event({ timeNano: 1000n })]);
    await close();
  }
  return store;
}

const SEGMENTS = ['0000000000000001', '0000000000000101', '0000000000000151'].map((n) => `${n}.segment`);
const segment = (n: number): string => SEGMENTS[n] as string;

/** The history in stretches: `1-100 events` or `1-100 damaged`. */
function all({ reader }: Pick<Collector, 'reader'>, since = 0n): readonly string[] {
  const cursor = reader({ since, follow: false });
  const parts: { from: number; to: number; kind: string }[] = [];
  const add = (from: number, to: number, kind: string): void => {
    const last = parts.at(-1);
    if (last?.kind === kind && last.to === from - 1) last.to = to;
    else parts.push({ from, to, kind });
  };
  for (let more = true; more;) {
    const chunk = cursor.read(64);
    for (const { seq } of chunk.events) add(seq, seq, 'events');
    if (chunk.gap !== undefined) add(chunk.gap.from, chunk.gap.to, chunk.gap.reason);
    more = chunk.more;
  }
  cursor.close();
  return parts.map(({ from, to, kind }) => `${from}-${to} ${kind}`);
}

/** Ways to lose the oldest segment. */
const WAYS: Readonly<Record<string, (store: MemoryStore) => void>> = {
  'is gone': ({ files }) => void files.delete(segment(0)),
  'is empty': ({ files }) => void files.set(segment(0), Buffer.alloc(0)),
  'is overwritten': ({ files }) => void files.get(segment(0))?.fill(0x5a),
  'has a damaged header, and the numbers are damaged': ({ files }) => {
    files.get(segment(0))?.fill(0x5a, 0, 40);
    files.get('numbers')?.fill(0x5a);
  },
};

it.each(Object.entries(WAYS))(
  'tells the numbers of the oldest segment if it %s, after each restart',
  async (_, damage) => {
    const store = await written();
    damage(store);
    const beside = readJournal({ directory: '', store });
    expect(beside?.archive.read(1, 161, 1000, {}).gap).toEqual({ from: 1, to: 100, reason: 'damaged' });
    for (let restart = 0; restart < 3; restart++) {
      const { collector, close } = await begin(store);
      expect(all(collector).slice(0, 2)).toEqual(['1-100 damaged', '101-160 events']);
      await close();
    }
  },
);

it('tells the numbers of all segments if none is left', async () => {
  const store = await written();
  for (const name of SEGMENTS) store.files.get(name)?.fill(0x5a);
  for (let restart = 0; restart < 2; restart++) {
    const { collector, close } = await begin(store);
    expect(all(collector)).toEqual(['1-160 damaged']);
    await close();
  }
});

it('tells the numbers of the newest segment if it is gone, after an end in order', async () => {
  const store = await written();
  store.files.delete(segment(2));
  for (let restart = 0; restart < 2; restart++) {
    const { collector, close } = await begin(store);
    expect(all(collector)).toEqual(['1-150 events', '151-160 damaged']);
    await close();
  }
});

it('does not miss segments that have expired', async () => {
  const store = memoryStore();
  let now = 0n;
  const open = async (): Promise<Run> => {
    const scheduler = new VirtualTimeScheduler();
    const journal = await openJournal({
      ...{ directory: '', store, scheduler, retainAge: 1000 },
      clock: () => now * 1_000_000n,
    });
    const collector = createCollector({ ...journal, limit: 8 });
    journal.follow(collector);
    const close = async (): Promise<void> => {
      collector.complete();
      await journal.close();
    };
    return { collector, close };
  };
  for (let run = 0; run < 3; run++) {
    const { collector, close } = await open();
    for (let i = 0; i < 10; i++) collector.append([event({ timeNano: now * 1_000_000n })]);
    await close();
    now += 800n;
  }
  const { collector, close } = await open();
  expect(all(collector)).toEqual(['1-20 expired', '21-30 events']);
  expect(all(collector, 1_600_000_000n)).toEqual(['21-30 events']);
  await close();
});

it('has a gap for all numbers before those of a collector that began without it, if no segment is left', async () => {
  const store = memoryStore();
  const { collector } = await begin(store);
  for (let i = 0; i < 5; i++) collector.append([event({ timeNano: 1000n })]);
  // Nothing but the header of its only segment reached the disk.
  const killed = memoryStore(store.files);
  const bytes = killed.files.get(segment(0)) as Buffer;
  killed.files.set(segment(0), bytes.subarray(0, HEADER + bytes.readUInt32LE(8)));
  const { epoch = '', reserved: first = 0 } = readNumbers(killed)?.numbers ?? {};
  const continues = { epoch, first };
  const journal = await openJournal({
    directory: '',
    store: killed,
    scheduler: new VirtualTimeScheduler(),
    continues,
  });
  const again = createCollector({ ...journal, limit: 8 });
  journal.follow(again);
  again.append([event({})]);
  expect(all(again)).toEqual([`1-${first - 1} crash`, `${first}-${first} events`]);
  again.complete();
  await journal.close();
});
