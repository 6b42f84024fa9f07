/** From a write into the FIFO to a subscriber in another process, next to a pipe whose reader only looks at the clock. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createCollector, openMonitor } from '../../src/index.ts';
import { RECORD_SIZE } from '../../src/monitor/record.ts';
import { atMost } from '../harness/aim.ts';
import type { Benchmark, Context, Line } from '../harness/benchmark.ts';
import { expectCount } from '../harness/data.ts';
import { readPipe, recordOf } from '../harness/pipe.ts';
import { inTurn, quantile } from '../harness/statistics.ts';

/** Milliseconds between writes: 500 a second. */
const EVERY = 2;

/** When each event had been delivered to the last subscriber: in ns. */
const seen: bigint[] = [];

const jobs = {
  async open(directory: string, subscriptions: number): Promise<string> {
    const monitor = await openMonitor({ directory });
    const collector = createCollector({ limit: 10_000 });
    let count = 0;
    // They are told in this order, so that the last one's time is everybody's.
    for (let k = 1; k < subscriptions; k++) collector.events().subscribe(() => count++);
    collector.events().subscribe(() => seen.push(process.hrtime.bigint()));
    collector.attach(monitor.events);
    return monitor.path;
  },

  async openBare(path: string): Promise<string> {
    let count = 0;
    await readPipe(path, (bytes) => {
      for (count += bytes; count >= RECORD_SIZE; count -= RECORD_SIZE) seen.push(process.hrtime.bigint());
    });
    return path;
  },

  /** The next so many that are seen; those that had come before the call are among them. */
  async take(count: number): Promise<bigint[]> {
    while (seen.length < count) await delay(1);
    return seen.splice(0);
  },

  /** Writes one record every 2 ms and says when. */
  async write(path: string, count: number): Promise<bigint[]> {
    const fd = openSync(path, 'w');
    const written: bigint[] = [];
    for (let i = 0; i < count; i++) {
      const record = recordOf(i);
      written.push(process.hrtime.bigint());
      writeSync(fd, record);
      await delay(EVERY);
    }
    closeSync(fd);
    return written;
  },
};

/** The latencies of one series, in ns. */
type Series = () => Promise<readonly number[]>;

/** Opens one end. */
async function side(context: Context, open: 'open' | 'openBare', subscriptions: number): Promise<Series> {
  const [reader, writer] = [context.spawn(jobs), context.spawn(jobs)];
  const place = join(context.directory, `${open}${subscriptions}`);
  const path = await reader.run(open, place, subscriptions);
  return async () => {
    const written = await writer.run('write', path, context.scaled(1000));
    const arrived = await reader.run('take', written.length);
    expectCount(arrived.length, written.length);
    return arrived.map((at, i) => Number(at - (written[i] as bigint)));
  };
}

export const benchmark: Benchmark = {
  name: 'latency',
  jobs,
  async measure(context) {
    const bare = await side(context, 'openBare', 0);
    const lines: Line[] = [];
    for (const subscriptions of [1, 1000]) {
      const ours = await side(context, 'open', subscriptions);
      const { a, b } = await inTurn(Math.min(context.rounds, 3), ours, bare);
      for (const part of [0.5, 0.99]) {
        const of = (series: readonly number[]): number => quantile(series, part);
        const pairs = { a: a.map(of), b: b.map(of) };
        const what = `FIFO → ${subscriptions.toLocaleString('en')} subscribers, p${part * 100} ÷ bare pipe`;
        lines.push({ what, unit: 'ns', pairs, aim: atMost(2) });
      }
    }
    return lines;
  },
};
