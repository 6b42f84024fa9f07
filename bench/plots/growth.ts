/**
 * Growth of cost with the counts of subscriptions and of held events: as plots in docs/plots. Only
 * runs when named.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createCollector } from '../../src/index.ts';
import type { Benchmark, Context } from '../harness/benchmark.ts';
import { closeClients, openReaders } from '../harness/clients.ts';
import { makeEvents, nameOf, rateOf } from '../harness/data.ts';
import { serve } from '../harness/servers.ts';
import { median } from '../harness/statistics.ts';
import { type Series, svgOf } from './draw.ts';

const SUBSCRIPTIONS = [1, 10, 100, 1000, 10_000];
const HELD = [10_000, 50_000, 100_000, 200_000, 300_000, 400_000, 500_000];

/** The query of subscription number `k`. */
const queries = {
  'exact names': (k: number) => ({ name: nameOf(k) }),
  globs: (k: number) => ({ name: `${nameOf(k)}*x` }),
  unfiltered: () => ({}),
};

type Kind = keyof typeof queries;

const jobs = {
  /** Events per second. */
  rate(kind: Kind, subscriptions: number, count: number): number {
    const collector = createCollector({ limit: 10_000 });
    let seen = 0;
    for (let k = 0; k < subscriptions; k++) collector.events(queries[kind](k)).subscribe(() => seen++);
    return rateOf(count, (events) => collector.append(events));
  },

  /** Additional heap for that many held events, in bytes. */
  heap(held: number): number {
    globalThis.gc?.();
    const before = process.memoryUsage().heapUsed;
    const collector = createCollector({ limit: held });
    for (let i = 0; i < held; i += 1000) collector.append(makeEvents(1000, i));
    globalThis.gc?.();
    const bytes = process.memoryUsage().heapUsed - before;
    if (collector.status.events !== held) throw new Error(`${collector.status.events} events, not ${held}`);
    return bytes;
  },

  async serve(path: string, held: number): Promise<void> {
    const { collector } = await serve(path, held);
    for (let i = 0; i < held; i += 1000) collector.append(makeEvents(1000, i));
  },

  /** Duration of the replay of everything to a socket, in ms. */
  async replay(path: string): Promise<number> {
    const start = performance.now();
    await openReaders(path, 1, 'GET /v1/events?since=0 HTTP/1.1\r\nhost: x\r\n\r\n');
    const took = performance.now() - start;
    closeClients();
    return took;
  },
};

async function bySubscriptions({ spawn }: Context): Promise<Series[]> {
  const series: Series[] = [];
  for (const name of Object.keys(queries) as Kind[]) {
    const points: [number, number][] = [];
    for (const subscriptions of SUBSCRIPTIONS) {
      const worker = spawn(jobs);
      const tried = name === 'exact names' ? 1 : subscriptions;
      const count = Math.max(300, Math.min(500_000, Math.round(1e7 / (10 + tried))));
      const rates: number[] = [];
      for (let i = 0; i < 4; i++) rates.push(await worker.run('rate', name, subscriptions, count));
      points.push([subscriptions, Math.round(median(rates.slice(1)))]);
      await worker.end();
    }
    series.push({ name, points });
  }
  return series;
}

async function byHeld({ spawn, directory }: Context): Promise<{ heap: Series; replay: Series }> {
  const heap: [number, number][] = [];
  const replay: [number, number][] = [];
  for (const held of HELD) {
    const [worker, client] = [spawn(jobs, { execArgv: ['--expose-gc'] }), spawn(jobs)];
    heap.push([held, (await worker.run('heap', held)) / 1024 ** 2]);
    const path = join(directory, String(held));
    await worker.run('serve', path, held);
    const times: number[] = [];
    for (let i = 0; i < 5; i++) times.push(await client.run('replay', path));
    replay.push([held, median(times.slice(1))]);
    await Promise.all([worker.end(), client.end()]);
  }
  return { heap: { name: 'heap', points: heap }, replay: { name: 'to one socket', points: replay } };
}

export const benchmark: Benchmark = {
  name: 'growth',
  jobs,
  async measure(context) {
    const { heap, replay } = await byHeld(context);
    const plots = {
      subscriptions: svgOf({
        title: 'Events a second over subscriptions',
        ...{ x: 'subscriptions', y: 'events/s', logarithmic: true },
        series: await bySubscriptions(context),
      }),
      memory: svgOf({ title: 'Memory over held events', x: 'events held', y: 'MiB', series: [heap] }),
      replay: svgOf({ title: 'Replay over held events', x: 'events held', y: 'ms', series: [replay] }),
    };
    mkdirSync('docs/plots', { recursive: true });
    for (const [name, svg] of Object.entries(plots)) writeFileSync(join('docs/plots', `${name}.svg`), svg);
    return [];
  },
};
