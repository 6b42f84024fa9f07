/**
 * A small journal with one bit flipped, or cut, at every offset, and after every prefix of its writes. Tests take one offset
 * in 97; `EVERY_OFFSET=1 npx vitest run test/src/journal/every-offset.test.ts` takes all and prints the table of
 * docs/reliability.md.
 */
import { setImmediate } from 'node:timers/promises';
import { VirtualTimeScheduler } from 'rxjs';
import { expect, it } from 'vitest';
import { createCollector } from '../../../src/collector/collector.ts';
import { openJournal } from '../../../src/journal/journal.ts';
import type { Piece } from '../../../src/journal/store/store.ts';
import { event } from '../../support/events.ts';
import { type MemoryStore, memoryStore } from '../../support/memory-store.ts';

const all = process.env['EVERY_OFFSET'] === '1';
const STEP = all ? 1 : 97;
/** Time limit of a test: in ms. */
const LONGEST = all ? 3_600_000 : 300_000;
/** Events of two runs: the first ends in order, so its segment has an index. */
const RUNS = [20, 40];
const EVENTS = 60;

interface Written {
  readonly store: MemoryStore;
  /** Every piece that was written, in order. */
  readonly pieces: readonly Piece[];
  /** After so many pieces, events up to that number were durable. */
  readonly acknowledged: readonly (readonly [pieces: number, durable: number])[];
}

async function write(): Promise<Written> {
  const inner = memoryStore();
  const pieces: Piece[] = [];
  const note = (some: readonly Piece[]): void => {
    for (const piece of some) pieces.push({ ...piece, bytes: Buffer.from(piece.bytes) });
  };
  const store: MemoryStore = {
    ...inner,
    put: (some) => {
      note(some);
      inner.put(some);
    },
    write: async (some) => {
      note(some);
      await inner.write(some);
    },
  };
  const scheduler = new VirtualTimeScheduler();
  const acknowledged: (readonly [number, number])[] = [];
  let seq = 0;
  for (const [run, count] of RUNS.entries()) {
    const journal = await openJournal({ directory: '', store, scheduler });
    const collector = createCollector({ ...journal, limit: 16 });
    journal.follow(collector);
    for (const end = seq + count; seq < end;) {
      seq++;
      collector.append([event({ id: `i${seq}`, name: `n${seq % 5}`, attributes: { seq: String(seq) } })]);
      if (seq % 10 !== 0) continue;
      await journal.flush();
      acknowledged.push([pieces.length, journal.status.durable]);
    }
    if (run === RUNS.length - 1) continue;
    collector.complete();
    await journal.close();
  }
  return { store: inner, pieces, acknowledged };
}

interface Found {
  readonly events: readonly number[];
  /** Numbers up to the newest that are in a gap. */
  readonly told: number;
}

/** Opens it and reads everything. @throws Error if a number is neither an event nor in a gap, or an event is another */
async function read(files: ReadonlyMap<string, Buffer>, boot: string): Promise<Found> {
  const copy = new Map([...files].map(([name, bytes]) => [name, Buffer.from(bytes)]));
  const store = memoryStore(copy, boot);
  const journal = await openJournal({ directory: '', store, scheduler: new VirtualTimeScheduler() });
  const collector = createCollector({ ...journal, limit: 16 });
  journal.follow(collector);
  const reader = collector.reader({ since: -(2n ** 62n), follow: false });
  const events: number[] = [];
  let [next, told] = [1, 0];
  for (let more = true; more;) {
    const chunk = reader.read(64);
    for (const { seq, attributes } of chunk.events) {
      if (seq !== next) throw new Error(`${seq} follows ${next - 1}`);
      if (attributes['seq'] !== String(seq)) throw new Error(`${seq} is ${attributes['seq']}`);
      events.push(seq);
      next = seq + 1;
    }
    if (chunk.gap !== undefined) {
      const { from, to } = chunk.gap;
      if (from !== next) throw new Error(`a gap from ${from} follows ${next - 1}`);
      told += Math.max(0, Math.min(to, EVENTS) - from + 1);
      next = to + 1;
    }
    more = chunk.more;
  }
  reader.close();
  return { events, told };
}

interface Table {
  trials: number;
  /** Trials after which an event is missing, and events that are missing in all of them. */
  harmed: number;
  missing: number;
  most: number;
  /** Missing events that no gap stands for. */
  untold: number;
}

async function tryAll({ store }: Written, damage: (bytes: Buffer, at: number) => Buffer): Promise<Table> {
  const table: Table = { trials: 0, harmed: 0, missing: 0, most: 0, untold: 0 };
  for (const [name, bytes] of store.files) {
    for (let at = 0; at < bytes.length; at += STEP) {
      const files = new Map(store.files);
      files.set(name, damage(Buffer.from(bytes), at));
      const { events, told } = await read(files, 'another boot');
      const missing = EVENTS - events.length;
      table.trials++;
      table.harmed += missing > 0 ? 1 : 0;
      table.missing += missing;
      table.most = Math.max(table.most, missing);
      table.untold += Math.max(0, missing - told);
      if (table.trials % 100 === 0) await setImmediate();
    }
  }
  return table;
}

const show = (what: string, table: object): void => {
  if (all) process.stdout.write(`${what}: ${JSON.stringify(table)}\n`);
};

it(
  'has a gap for each event that a flipped bit takes',
  async () => {
    const table = await tryAll(await write(), (bytes, at) => {
      bytes[at] = (bytes[at] as number) ^ (1 << (at % 8));
      return bytes;
    });
    show('one bit flipped', table);
    expect(table.untold).toBe(0);
    expect(table.trials).toBeGreaterThan(50);
  },
  LONGEST,
);

it(
  'has a gap for each event that is cut off',
  async () => {
    const table = await tryAll(await write(), (bytes, at) => bytes.subarray(0, at));
    show('cut', table);
    expect(table.untold).toBe(0);
  },
  LONGEST,
);

it(
  'has all that was durable after any prefix of its writes',
  async () => {
    const { pieces, acknowledged } = await write();
    let lost = 0;
    for (let count = 0; count <= pieces.length; count++) {
      const store = memoryStore();
      store.put(pieces.slice(0, count));
      const durable = acknowledged.findLast(([at]) => at <= count)?.[1] ?? 0;
      const { events } = await read(store.files, 'another boot');
      for (let seq = 1; seq <= durable; seq++) if (events[seq - 1] !== seq) lost++;
    }
    show('prefixes of writes', { trials: pieces.length + 1, lost });
    expect(lost).toBe(0);
  },
  LONGEST,
);
