/**
 * From the monitor FIFO to subscribers, compared with a reader that only counts bytes and with
 * plain RxJS.
 */
import { join } from 'node:path';
import { filter, type Observable, ReplaySubject, type Subscription } from 'rxjs';
import { createCollector, type IncomingEvent, type Monitor, openMonitor } from '../../src/index.ts';
import { DaemonState } from '../../src/daemon/part.ts';
import { RECORD_SIZE } from '../../src/monitor/record.ts';
import { atLeast, both, more } from '../harness/aim.ts';
import type { Aim, Benchmark, Context, Line } from '../harness/benchmark.ts';
import { CONTAINERS, idOf, nameOf } from '../harness/data.ts';
import { openCounter, writeRecords } from '../harness/pipe.ts';
import { inTurn } from '../harness/statistics.ts';

/** Consumers of the monitor: calls `seen` for each delivered event. */
type Consumer = (events: Observable<readonly IncomingEvent[]>, seen: () => void) => Subscription;

const collected =
  (subscriptions: number, named: boolean): Consumer =>
  (events, seen) => {
    const collector = createCollector({ limit: 10_000 });
    for (let k = 0; k < subscriptions; k++) collector.events(named ? { name: idOf(k) } : {}).subscribe(seen);
    return collector.attach(events);
  };

/** As in the daemon: the description table, which knows every container, completes the events first. */
const completed: Consumer = (events, seen) => {
  const daemon = new DaemonState({ stateDir: '', limit: 10_000 });
  const state = { engine: 'monitor', image: 'busybox', labels: { team: 'a' }, state: 'running' } as const;
  for (let i = 0; i < CONTAINERS; i++) daemon.descriptions.learn({ id: idOf(i), name: nameOf(i), ...state });
  daemon.collector.events().subscribe(seen);
  return daemon.attach(events);
};

const consumers = {
  one: collected(1, false),
  completed,
  names: collected(CONTAINERS, true),
  all: collected(1000, false),

  naive: (events, seen) => {
    const subject = new ReplaySubject<IncomingEvent>(10_000);
    for (let k = 0; k < 1000; k++) subject.pipe(filter(() => true)).subscribe(seen);
    return events.subscribe((list) => list.forEach((event) => subject.next(event)));
  },
} satisfies Record<string, Consumer>;

let monitor: Monitor | undefined;
let counter: ((bytes: number) => Promise<bigint>) | undefined;

const jobs = {
  write: writeRecords,

  async openBare(path: string): Promise<string> {
    counter = await openCounter(path);
    return path;
  },

  bare: (count: number): Promise<bigint> | undefined => counter?.(count * RECORD_SIZE),

  async open(directory: string): Promise<string> {
    monitor = await openMonitor({ directory });
    return monitor.path;
  },

  /** Resolves with the time of that many deliveries. */
  deliver(kind: keyof typeof consumers, deliveries: number): Promise<bigint> {
    const { events } = monitor as Monitor;
    return new Promise((resolve) => {
      let count = 0;
      const subscription = consumers[kind](events, () => count++);
      // Checked after each list: a check at each delivery would be measured too.
      const look = (): void => {
        if (count < deliveries) return;
        resolve(process.hrtime.bigint());
        queueMicrotask(() => subscription.unsubscribe());
      };
      subscription.add(events.subscribe(look));
    });
  },
};

/** Events per second through the FIFO, with that many deliveries each. */
async function through(context: Context, kind: keyof typeof consumers, each: number): Promise<Side> {
  const [reader, writer] = [context.spawn(jobs), context.spawn(jobs)];
  const path = await reader.run('open', join(context.directory, kind));
  return async (count) => {
    const end = reader.run('deliver', kind, count * each);
    return rate(count, await writer.run('write', path, count), await end);
  };
}

/** As many records through a pipe to a reader that counts bytes. */
async function bare(context: Context): Promise<Side> {
  const [reader, writer] = [context.spawn(jobs), context.spawn(jobs)];
  const path = await reader.run('openBare', join(context.directory, 'bare'));
  return async (count) => {
    const end = reader.run('bare', count);
    return rate(count, await writer.run('write', path, count), (await end) as bigint);
  };
}

type Side = (count: number) => Promise<number>;

const rate = (count: number, start: bigint, end: bigint): number => (count * 1e9) / Number(end - start);

export const benchmark: Benchmark = {
  name: 'fifo',
  jobs,
  async measure(context) {
    const { rounds, quick } = context;
    const one = await through(context, 'one', 1);
    const compare = async (what: string, a: Side, b: Side, events: number, aim: Aim): Promise<Line> => {
      // Enough events for code to get hot, also in quick mode.
      const count = Math.min(events, quick ? 300_000 : events);
      return {
        what,
        unit: 'events/s',
        pairs: await inTurn(
          rounds,
          () => a(count),
          () => b(count),
        ),
        aim,
      };
    };
    return [
      await compare('FIFO → 1 subscriber ÷ bare pipe', one, await bare(context), 1_000_000, atLeast(0.8)),
      await compare(
        'FIFO → 1 subscriber, bare records of known containers ÷ not completed',
        await through(context, 'completed', 1),
        one,
        1_000_000,
        atLeast(0.9),
      ),
      await compare(
        'FIFO → 1,000 exact names ÷ FIFO → 1 subscriber',
        await through(context, 'names', 1),
        one,
        2_000_000,
        atLeast(0.75),
      ),
      await compare(
        'FIFO → 1,000 unfiltered subscribers ÷ naive RxJS',
        await through(context, 'all', 1000),
        await through(context, 'naive', 1000),
        20_000,
        both(atLeast(2), more(50_000, '50 k/s')),
      ),
    ];
  },
};
