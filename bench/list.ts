/** The benchmarks, in the order of the table: a new one is a new file and one line here. */
import type { Benchmark } from './harness/benchmark.ts';

type Load = () => Promise<{ readonly benchmark: Benchmark }>;

const list: Readonly<Record<string, Load>> = {
  append: () => import('./benchmarks/append.ts'),
  journal: () => import('./benchmarks/journal.ts'),
  encoded: () => import('./benchmarks/encoded.ts'),
  subscribers: () => import('./benchmarks/subscribers.ts'),
  names: () => import('./benchmarks/names.ts'),
  fifo: () => import('./benchmarks/fifo.ts'),
  latency: () => import('./benchmarks/latency.ts'),
  until: () => import('./benchmarks/until.ts'),
  memory: () => import('./benchmarks/memory.ts'),
  start: () => import('./benchmarks/start.ts'),
  fanout: () => import('./benchmarks/fanout.ts'),
  'fanout-docker': () => import('./benchmarks/fanout-docker.ts'),
  replay: () => import('./benchmarks/replay.ts'),
  stalled: () => import('./benchmarks/stalled.ts'),
  page: () => import('./benchmarks/page.ts'),
  attacks: () => import('./benchmarks/attacks.ts'),
  forward: () => import('./benchmarks/forward.ts'),
  'stalled-docker': () => import('./benchmarks/stalled-docker.ts'),
};

/** Benchmarks that only run when named. */
const others: Readonly<Record<string, Load>> = {
  growth: () => import('./plots/growth.ts'),
  history: () => import('./benchmarks/history.ts'),
  browser: () => import('./benchmarks/browser.ts'),
  ground: () => import('./benchmarks/ground.ts'),
};

export const names: readonly string[] = Object.keys(list);

/** Benchmarks that need no other engine: the default of `--quick`. */
export const quickNames: readonly string[] = names.filter((name) => !name.endsWith('-docker'));

/** The benchmark of that name. @throws RangeError if there is no such benchmark */
export async function find(name: string): Promise<Benchmark> {
  const all = { ...list, ...others };
  const load = Object.hasOwn(all, name) ? all[name] : undefined;
  if (load === undefined)
    throw new RangeError(`no benchmark ${JSON.stringify(name)}: known are ${Object.keys(all).join(', ')}`);
  return (await load()).benchmark;
}
