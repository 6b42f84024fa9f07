/** Memory of held events, and of idle subscriptions. */
import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ReplaySubject, type Subscription } from 'rxjs';
import { createCollector, type IncomingEvent, type Monitor, openMonitor } from '../../src/index.ts';
import { within } from '../harness/aim.ts';
import type { Benchmark, Context, Line } from '../harness/benchmark.ts';
import { startDaemon } from '../harness/built-command.ts';
import { writeRecords } from '../harness/pipe.ts';
import { inTurnCold } from '../harness/statistics.ts';

const HELD = 100_000;
const MANY = 1_000_000;
const SUBSCRIPTIONS = 10_000;

/** Kept until the end of the process. */
const keep: unknown[] = [];

/** The heap that the result of a function needs, in bytes. */
function heapOf(body: () => unknown): number {
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  keep.push(body());
  globalThis.gc?.();
  return process.memoryUsage().heapUsed - before;
}

let monitor: Monitor;

const jobs = {
  write: writeRecords,

  async open(directory: string): Promise<string> {
    monitor = await openMonitor({ directory });
    return monitor.path;
  },

  /** The memory of the process after that many events through the FIFO are held: RSS in bytes. */
  filled(by: 'tidings' | 'rxjs', count: number): Promise<number> {
    const take = takers[by]();
    return new Promise((resolve) => {
      let seen = 0;
      monitor.events.subscribe((events) => {
        take(events);
        seen += events.length;
        if (seen >= count) resolve(process.memoryUsage.rss());
      });
    });
  },

  nothing: (): number => process.memoryUsage.rss(),

  subscribers(): number {
    const collector = createCollector({ limit: 10 });
    const subscribe = (): Subscription => collector.events().subscribe(() => undefined);
    keep.push(subscribe());
    return heapOf(() => [collector, Array.from({ length: SUBSCRIPTIONS }, subscribe)]) / SUBSCRIPTIONS;
  },

  rxjsSubscribers(): number {
    const subject = new ReplaySubject<IncomingEvent>(10);
    const subscribe = (): Subscription => subject.subscribe(() => undefined);
    keep.push(subscribe());
    return heapOf(() => [subject, Array.from({ length: SUBSCRIPTIONS }, subscribe)]) / SUBSCRIPTIONS;
  },
};

const takers = {
  tidings: () => {
    const collector = createCollector({ limit: HELD });
    return (events: readonly IncomingEvent[]): void => collector.append(events);
  },
  rxjs: () => {
    const subject = new ReplaySubject<IncomingEvent>(HELD);
    return (events: readonly IncomingEvent[]): void => events.forEach((event) => subject.next(event));
  },
};

type Side = () => Promise<number>;

/** A new process for each number: memory from before would count. */
const library =
  ({ spawn, directory }: Context, by: keyof typeof takers, count: number): Side =>
  async () => {
    const [worker, writer] = [spawn(jobs), spawn(jobs)];
    const path = await worker.run('open', mkdtempSync(join(directory, 'l')));
    const bytes = worker.run('filled', by, count);
    await writer.run('write', path, count);
    const result = await bytes;
    await Promise.all([worker.end(), writer.end()]);
    return result;
  };

const daemon =
  ({ spawn, directory }: Context, count: number): Side =>
  async () => {
    await using running = await startDaemon(mkdtempSync(join(directory, 'd')));
    const writer = spawn(jobs);
    await writer.run('write', running.fifo, count);
    await writer.end();
    // Waits for events in the FIFO, and on their way to the journal.
    await delay(500);
    const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${running.pid}/status`, 'utf8')) ?? [];
    return Number(kilobytes) * 1024;
  };

const alone =
  ({ spawn }: Context, job: 'nothing' | 'subscribers' | 'rxjsSubscribers'): Side =>
  async () => {
    const worker = spawn(jobs, { execArgv: ['--expose-gc'] });
    const bytes = await worker.run(job);
    await worker.end();
    return bytes;
  };

export const benchmark: Benchmark = {
  name: 'memory',
  jobs,
  async measure(context) {
    const line = async (
      what: string,
      a: Side,
      b: Side,
      aim = within(100 * 1024 ** 2, '100 MiB'),
    ): Promise<Line> => ({
      what,
      unit: 'bytes',
      pairs: await inTurnCold(context.quick ? 1 : 3, a, b),
      aim,
    });
    return [
      await line(
        'a process with 100,000 events ÷ with them in a ReplaySubject',
        library(context, 'tidings', HELD),
        library(context, 'rxjs', HELD),
      ),
      await line(
        'the same once 1,000,000 have come ÷ with the first 100,000',
        library(context, 'tidings', MANY),
        library(context, 'tidings', HELD),
      ),
      await line(
        '`tidings serve` with 100,000 events ÷ a process with none',
        daemon(context, HELD),
        alone(context, 'nothing'),
      ),
      await line(
        'an idle subscriber ÷ of a ReplaySubject',
        alone(context, 'subscribers'),
        alone(context, 'rxjsSubscribers'),
        within(4096, '4 KiB'),
      ),
    ];
  },
};
