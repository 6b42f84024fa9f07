/** What events that are kept weigh, and subscriptions that wait. */
import { ReplaySubject, type Subscription } from 'rxjs';
import { createCollector, type IncomingEvent } from '../../src/index.ts';
import { within } from '../harness/aim.ts';
import type { Benchmark } from '../harness/benchmark.ts';
import { makeEvents } from '../harness/data.ts';
import { inTurn } from '../harness/statistics.ts';

const HELD = 100_000;
const SUBSCRIPTIONS = 10_000;

/** Kept until the process ends. */
const keep: unknown[] = [];

/** The heap that a body's doings take for good, in bytes. */
function heapOf(body: () => unknown): number {
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  keep.push(body());
  globalThis.gc?.();
  return process.memoryUsage().heapUsed - before;
}

const jobs = {
  /** The process with a full buffer: RSS in bytes. */
  tidings(): number {
    const collector = createCollector({ limit: HELD });
    // Twice as many as are held, as they come: what makes room is garbage.
    for (let i = 0; i < 200; i++) collector.append(makeEvents(HELD / 100));
    keep.push(collector);
    return process.memoryUsage.rss();
  },

  rxjs(): number {
    const subject = new ReplaySubject<IncomingEvent>(HELD);
    for (let i = 0; i < 200; i++) for (const event of makeEvents(HELD / 100)) subject.next(event);
    keep.push(subject);
    return process.memoryUsage.rss();
  },

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

export const benchmark: Benchmark = {
  name: 'memory',
  jobs,
  async measure({ spawn, rounds }) {
    // A process for each number: what was there before would count.
    const fresh = async (job: keyof typeof jobs): Promise<number> => {
      const worker = spawn(jobs, { execArgv: ['--expose-gc'] });
      const bytes = await worker.run(job);
      await worker.end();
      return bytes;
    };
    const few = Math.min(rounds, 3);
    return [
      {
        what: 'process with 100,000 events ÷ with them in a ReplaySubject',
        unit: 'bytes',
        pairs: await inTurn(
          few,
          () => fresh('tidings'),
          () => fresh('rxjs'),
        ),
        aim: within(100 * 1024 ** 2, '100 MiB'),
      },
      {
        what: 'idle subscriber ÷ of a ReplaySubject',
        unit: 'bytes',
        pairs: await inTurn(
          few,
          () => fresh('subscribers'),
          () => fresh('rxjsSubscribers'),
        ),
        aim: within(4096, '4 KiB'),
      },
    ];
  },
};
