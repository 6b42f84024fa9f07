/**
 * A thousand subscribers, each with its own name, against one that reads everything: the same count
 * of deliveries.
 */
import { createCollector } from '../../src/index.ts';
import { unjudged } from '../harness/aim.ts';
import type { Benchmark } from '../harness/benchmark.ts';
import { expectCount, nameOf, rateOf } from '../harness/data.ts';
import { inTurn } from '../harness/statistics.ts';

const K = 1000;

const jobs = {
  rate(count: number, subscriptions: number): number {
    const collector = createCollector({ limit: 10_000 });
    let seen = 0;
    for (let k = 0; k < subscriptions; k++) {
      const query = subscriptions === 1 ? {} : { name: nameOf(k) };
      collector.events(query).subscribe(() => seen++);
    }
    const rate = rateOf(count, (events) => collector.append(events));
    expectCount(seen, count);
    return rate;
  },
};

export const benchmark: Benchmark = {
  name: 'names',
  jobs,
  async measure({ spawn, rounds, scaled }) {
    const [many, one] = [spawn(jobs), spawn(jobs)];
    const count = scaled(1_000_000);
    const pairs = await inTurn(
      rounds,
      () => many.run('rate', count, K),
      () => one.run('rate', count, 1),
    );
    return [
      {
        what: 'append to 1,000 exact names ÷ to 1 subscriber',
        unit: 'events/s',
        pairs,
        // The comparison through the FIFO is judged instead.
        aim: unjudged,
      },
    ];
  },
};
