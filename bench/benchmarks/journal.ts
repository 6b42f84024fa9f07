/** The journal: its cost for the intake, its speed, and reading it compared with reading memory. */
import { mkdtempSync, rmSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { type Collector, createCollector } from '../../src/index.ts';
import { openJournal } from '../../src/journal.ts';
import { atLeast, more, unjudged } from '../harness/aim.ts';
import type { Benchmark } from '../harness/benchmark.ts';
import { expectCount, makeEvents } from '../harness/data.ts';
import { inTurn } from '../harness/statistics.ts';

const HELD = 100_000;
/** Events in one read of a pipe, and events that are made while the clock stands still. */
const LIST = 100;
const BATCH = 10_000;

/**
 * Appends list by list, each in its own turn of the event loop; returns the elapsed time, in ns.
 */
async function feed(collector: Collector, count: number, ready: () => Promise<void>): Promise<number> {
  let took = 0n;
  for (let from = 0; from < count; from += BATCH) {
    const events = makeEvents(Math.min(BATCH, count - from), from);
    const start = process.hrtime.bigint();
    for (let i = 0; i < events.length; i += LIST) {
      collector.append(events.slice(i, i + LIST));
      await setImmediate();
    }
    await ready();
    took += process.hrtime.bigint() - start;
  }
  return Number(took);
}

/** Reads everything; returns events per second. */
function drain(collector: Collector, count: number): number {
  const reader = collector.reader({ since: 0n, follow: false });
  const start = process.hrtime.bigint();
  let seen = 0;
  for (let go = true; go;) {
    const { events, more: goesOn } = reader.read(1024);
    seen += events.length;
    go = goesOn;
  }
  const took = Number(process.hrtime.bigint() - start);
  reader.close();
  expectCount(seen, count);
  return (seen * 1e9) / took;
}

async function recorded<T>(
  task: (collector: Collector, journal: Awaited<ReturnType<typeof openJournal>>) => Promise<T>,
): Promise<T> {
  const directory = mkdtempSync('/tmp/td-');
  const journal = await openJournal({ directory });
  const collector = createCollector({ ...journal, limit: HELD });
  journal.follow(collector);
  try {
    return await task(collector, journal);
  } finally {
    collector.complete();
    await journal.close();
    rmSync(directory, { recursive: true });
  }
}

const nothing = async (): Promise<void> => undefined;

const jobs = {
  async without(count: number): Promise<number> {
    return (count * 1e9) / (await feed(createCollector({ limit: HELD }), count, nothing));
  },

  /** At full speed, without waiting for the disk. */
  async with(count: number): Promise<number> {
    return await recorded(async (collector) => (count * 1e9) / (await feed(collector, count, nothing)));
  },

  /** At the pace of the disk: until all events are durable. */
  async durable(count: number): Promise<number> {
    return await recorded(async (collector, journal) => {
      const settled = async (): Promise<void> => {
        while (journal.status.durable < collector.status.events) await journal.flush();
      };
      const took = await feed(collector, count, settled);
      expectCount(journal.status.durable, count);
      return (count * 1e9) / took;
    });
  },

  async fromDisk(count: number): Promise<number> {
    return await recorded(async (collector, journal) => {
      await feed(collector, count, () => journal.flush());
      const { epoch, archive } = journal;
      return drain(createCollector({ epoch, archive, first: count + 1 }), count);
    });
  },

  async fromMemory(count: number): Promise<number> {
    const collector = createCollector({ limit: count });
    await feed(collector, count, nothing);
    return drain(collector, count);
  },
};

export const benchmark: Benchmark = {
  name: 'journal',
  jobs,
  async measure({ spawn, rounds, scaled }) {
    const [one, other] = [spawn(jobs), spawn(jobs)];
    const count = scaled(400_000);
    const intake = await inTurn(
      rounds,
      () => one.run('with', count),
      () => other.run('without', count),
    );
    const durable = await inTurn(
      rounds,
      () => one.run('durable', count),
      () => other.run('without', count),
    );
    const replay = await inTurn(
      rounds,
      () => one.run('fromDisk', count),
      () => other.run('fromMemory', count),
    );
    return [
      { what: 'intake with a journal ÷ without', unit: 'events/s', pairs: intake, aim: unjudged },
      {
        what: 'intake until durable ÷ without journal',
        unit: 'events/s',
        pairs: durable,
        aim: more(300_000, '300,000/s'),
      },
      { what: 'replay from disk ÷ from memory', unit: 'events/s', pairs: replay, aim: atLeast(0.1) },
    ];
  },
};
