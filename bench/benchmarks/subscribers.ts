/** A thousand subscribers in the process that read everything. */
import { filter, ReplaySubject } from 'rxjs';
import { createCollector, type IncomingEvent } from '../../src/index.ts';
import { atLeast, both, more } from '../harness/aim.ts';
import type { Benchmark } from '../harness/benchmark.ts';
import { expectCount, rateOf } from '../harness/data.ts';
import { inTurn } from '../harness/statistics.ts';

const K = 1000;

const jobs = {
  tidings(count: number): number {
    const collector = createCollector({ limit: 10_000 });
    let seen = 0;
    for (let k = 0; k < K; k++) collector.events().subscribe(() => seen++);
    const rate = rateOf(count, (events) => collector.append(events));
    expectCount(seen, count * K);
    return rate;
  },

  naive(count: number): number {
    const subject = new ReplaySubject<IncomingEvent>(10_000);
    let seen = 0;
    for (let k = 0; k < K; k++) subject.pipe(filter(() => true)).subscribe(() => seen++);
    const rate = rateOf(count, (events) => events.forEach((event) => subject.next(event)));
    expectCount(seen, count * K);
    return rate;
  },
};

export const benchmark: Benchmark = {
  name: 'subscribers',
  jobs,
  async measure({ spawn, rounds, scaled }) {
    const [ours, naive] = [spawn(jobs), spawn(jobs)];
    const count = scaled(20_000);
    const pairs = await inTurn(
      rounds,
      () => ours.run('tidings', count),
      () => naive.run('naive', count),
    );
    const aim = both(atLeast(2), more(50_000, '50 k/s'));
    return [{ what: '1,000 unfiltered subscribers ÷ naive RxJS', unit: 'events/s', pairs, aim }];
  },
};
