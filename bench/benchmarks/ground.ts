/**
 * The journal beside the bare system calls, and beside SQLite in WAL mode on a Node that has it: the
 * same events in the same batches, each durable before the next one.
 */
import { closeSync, fdatasyncSync, openSync, readdirSync, statSync, writeSync } from 'node:fs';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createCollector } from '../../src/index.ts';
import { openJournal } from '../../src/journal.ts';
import { unjudged } from '../harness/aim.ts';
import type { Benchmark, Line } from '../harness/benchmark.ts';
import { makeHistory } from '../harness/history.ts';

/** Events in one batch. */
const BATCH = 1000;

/** The used part of `node:sqlite`: Node 20 lacks the module and its types. */
interface Sqlite {
  readonly DatabaseSync: new (path: string) => {
    exec(sql: string): void;
    prepare(sql: string): { run(...values: unknown[]): unknown };
    close(): void;
  };
}

async function loadSqlite(): Promise<Sqlite | undefined> {
  const name = 'node:sqlite';
  return await (import(name) as Promise<Sqlite>).catch(() => undefined);
}

/** Runs a task in a directory of its own; returns events per second. */
async function rateIn(count: number, task: (directory: string) => Promise<number>): Promise<number> {
  const directory = mkdtempSync('/tmp/td-');
  try {
    return (count * 1e9) / (await task(directory));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const lists = (count: number): ReturnType<typeof makeHistory> =>
  makeHistory(count, BigInt(Date.now()) * 1_000_000n, BATCH);

let bytes = 0;

const jobs = {
  async journal(count: number): Promise<number> {
    return await rateIn(count, async (directory) => {
      const journal = await openJournal({ directory });
      const collector = createCollector({ ...journal, limit: BATCH });
      journal.follow(collector);
      let took = 0n;
      for (const list of lists(count)) {
        const start = process.hrtime.bigint();
        collector.append(list);
        await journal.flush();
        took += process.hrtime.bigint() - start;
      }
      const files = readdirSync(directory).filter((name) => name.endsWith('.segment'));
      bytes = files.reduce((sum, name) => sum + statSync(join(directory, name)).size, 0);
      collector.complete();
      await journal.close();
      return Number(took);
    });
  },

  /** Bytes that the journal wrote last. */
  bytes: (): number => bytes,

  async bare(count: number, size: number): Promise<number> {
    return await rateIn(count, async (directory) => {
      const fd = openSync(join(directory, 'bare'), 'w');
      const batch = Buffer.alloc(Math.ceil((size * BATCH) / count), 'x');
      const start = process.hrtime.bigint();
      for (let i = 0; i < count; i += BATCH) {
        writeSync(fd, batch);
        fdatasyncSync(fd);
      }
      const took = Number(process.hrtime.bigint() - start);
      closeSync(fd);
      return took;
    });
  },

  /** Undefined on a Node without SQLite. */
  async sqlite(count: number): Promise<number | undefined> {
    const sqlite = await loadSqlite();
    if (sqlite === undefined) return undefined;
    return await rateIn(count, async (directory) => {
      const database = new sqlite.DatabaseSync(join(directory, 'events'));
      database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
      database.exec(
        'CREATE TABLE events (seq INTEGER PRIMARY KEY, time INTEGER, type TEXT, action TEXT, id TEXT, name TEXT, attributes TEXT)',
      );
      database.exec('CREATE INDEX by_time ON events (time); CREATE INDEX by_name ON events (name)');
      const insert = database.prepare(
        'INSERT INTO events (time, type, action, id, name, attributes) VALUES (?, ?, ?, ?, ?, ?)',
      );
      let took = 0n;
      for (const list of lists(count)) {
        const start = process.hrtime.bigint();
        database.exec('BEGIN');
        for (const { timeNano, type, action, id, name, attributes } of list)
          insert.run(timeNano, type, action, id, name ?? null, JSON.stringify(attributes));
        database.exec('COMMIT');
        took += process.hrtime.bigint() - start;
      }
      database.close();
      return Number(took);
    });
  },
};

export const benchmark: Benchmark = {
  name: 'ground',
  jobs,
  async measure({ spawn, rounds, scaled }) {
    const [ours, bare, other] = [spawn(jobs), spawn(jobs), spawn(jobs)];
    const count = scaled(100_000);
    const pairs = { a: [] as number[], b: [] as number[] };
    const sqlite = { a: [] as number[], b: [] as number[] };
    for (let round = 0; round < rounds; round++) {
      const rate = await ours.run('journal', count);
      pairs.a.push(rate);
      pairs.b.push(await bare.run('bare', count, await ours.run('bytes')));
      const theirs = await other.run('sqlite', count);
      if (theirs === undefined) continue;
      sqlite.a.push(rate);
      sqlite.b.push(theirs);
    }
    const line = (what: string, these: Line['pairs']): Line => ({
      what: `append, durable every 1,000 events: ${what}`,
      unit: 'events/s',
      pairs: these,
      aim: unjudged,
    });
    const lines = [line('journal ÷ a loop of write and fdatasync', pairs)];
    if (sqlite.a.length > 0) lines.push(line('journal ÷ SQLite (WAL, two indexes)', sqlite));
    return lines;
  },
};
