/** Delay of the end of a subscription, compared with the delay of Node's timers. */
import { createCollector, nowNano } from '../../src/index.ts';
import { within } from '../harness/aim.ts';
import type { Benchmark } from '../harness/benchmark.ts';
import { inTurn, quantile } from '../harness/statistics.ts';

/** Trials are spread over this many ms, at odd fractions of a ms. */
const SPREAD = 500;
const EVERY = 17.31;

type Arm = (until: bigint, done: () => void) => void;

async function p99(trials: number, arm: Arm): Promise<number> {
  const start = nowNano() + 50_000_000n;
  const late = await Promise.all(
    Array.from({ length: trials }, (_, i) => {
      const until = start + BigInt(Math.round(((i * EVERY) % SPREAD) * 1e6));
      return new Promise<number>((resolve) => {
        arm(until, () => resolve(Number(nowNano() - until)));
      });
    }),
  );
  return quantile(late, 0.99);
}

const jobs = {
  tidings(trials: number): Promise<number> {
    const collector = createCollector();
    return p99(trials, (until, complete) => void collector.events({ until }).subscribe({ complete }));
  },

  timers(trials: number): Promise<number> {
    return p99(trials, (until, done) => void setTimeout(done, Number(until - nowNano()) / 1e6));
  },
};

export const benchmark: Benchmark = {
  name: 'until',
  jobs,
  async measure({ spawn, rounds }) {
    const [ours, bare] = [spawn(jobs), spawn(jobs)];
    const pairs = await inTurn(
      rounds,
      () => ours.run('tidings', 200),
      () => bare.run('timers', 200),
    );
    return [
      { what: '`until` late by, p99 of 200 ÷ setTimeout', unit: 'ns', pairs, aim: within(5e6, '5 ms') },
    ];
  },
};
