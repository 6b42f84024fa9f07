/**
 * From a write into the FIFO to a subscriber in another process, compared with a pipe whose reader
 * only reads the clock.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Subject } from 'rxjs';
import { createCollector, openMonitor } from '../../src/index.ts';
import { RECORD_SIZE } from '../../src/monitor/record.ts';
import { atMost, unjudged } from '../harness/aim.ts';
import type { Aim, Benchmark, Context, Line } from '../harness/benchmark.ts';
import { expectCount } from '../harness/data.ts';
import { readPipe, recordOf, writeRecords } from '../harness/pipe.ts';
import { inTurn, quantile } from '../harness/statistics.ts';

/** Milliseconds between writes: 500 a second. */
const EVERY = 2;

/** Records sent to each side before the measurement, as to a process that has run for a while. */
const BEFORE = 20_000;

/** Time of delivery of each event to the last subscriber: in ns. */
const seen: bigint[] = [];

const jobs = {
  async open(directory: string, subscriptions: number): Promise<string> {
    const monitor = await openMonitor({ directory });
    const collector = createCollector({ limit: 10_000 });
    let count = 0;
    // Subscribers are called in this order, so the last one's time covers all.
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

  /** The same, with a Subject that passes each record to its subscribers. */
  async openSubject(path: string, subscriptions: number): Promise<string> {
    const subject = new Subject<number>();
    let count = 0;
    for (let k = 1; k < subscriptions; k++) subject.subscribe(() => count++);
    subject.subscribe(() => seen.push(process.hrtime.bigint()));
    let left = 0;
    await readPipe(path, (bytes) => {
      for (left += bytes; left >= RECORD_SIZE; left -= RECORD_SIZE) subject.next(left);
    });
    return path;
  },

  /** Resolves with the times of the next events; earlier arrivals count too. */
  async take(count: number): Promise<bigint[]> {
    while (seen.length < count) await delay(1);
    return seen.splice(0);
  },

  burst: writeRecords,

  /** Writes one record every 2 ms and returns their times. */
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

type Reader = 'open' | 'openBare' | 'openSubject';

/** Opens one side. */
async function side(context: Context, open: Reader, subscriptions: number): Promise<Series> {
  const [reader, writer] = [context.spawn(jobs), context.spawn(jobs)];
  const place = join(context.directory, `${open}${subscriptions}`);
  const path = await reader.run(open, place, subscriptions);
  await writer.run('burst', path, BEFORE);
  await reader.run('take', BEFORE);
  return async () => {
    const written = await writer.run('write', path, context.quick ? 250 : 1000);
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
    const compare = async (
      what: string,
      open: Reader,
      subscriptions: number,
      aim: Aim,
    ): Promise<readonly Line[]> => {
      const series = await side(context, open, subscriptions);
      const { a, b } = await inTurn(Math.min(context.rounds, 3), series, bare);
      return [0.5, 0.99].map((part) => {
        const of = (each: readonly number[]): number => quantile(each, part);
        const pairs = { a: a.map(of), b: b.map(of) };
        return { what: `${what}, p${part * 100} ÷ bare pipe`, unit: 'ns', pairs, aim };
      });
    };
    return [
      ...(await compare('FIFO → 1 subscribers', 'open', 1, atMost(2))),
      ...(await compare('FIFO → 1,000 subscribers', 'open', 1000, atMost(2))),
      // The time of RxJS alone for as many subscribers.
      ...(await compare('bare pipe → Subject of 1,000', 'openSubject', 1000, unjudged)),
    ];
  },
};
