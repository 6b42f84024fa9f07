/** Appends events, with one subscriber that counts them. */
import { ReplaySubject } from 'rxjs';
import { createCollector, type IncomingEvent } from '../../src/index.ts';
import { atLeast, unjudged } from '../harness/aim.ts';
import type { Benchmark } from '../harness/benchmark.ts';
import { expectCount, makeForeignEvents, rateOf } from '../harness/data.ts';
import { inTurn } from '../harness/statistics.ts';

const HELD = 10_000;

const jobs = {
  tidings(count: number): number {
    const collector = createCollector({ limit: HELD });
    let seen = 0;
    collector.events().subscribe(() => seen++);
    const rate = rateOf(count, (events) => collector.append(events));
    expectCount(seen, count);
    return rate;
  },

  foreign(count: number): number {
    const collector = createCollector({ limit: HELD });
    return rateOf(count, (events) => collector.append(events), makeForeignEvents);
  },

  rxjs(count: number): number {
    const subject = new ReplaySubject<IncomingEvent>(HELD);
    let seen = 0;
    subject.subscribe(() => seen++);
    const rate = rateOf(count, (events) => events.forEach((event) => subject.next(event)));
    expectCount(seen, count);
    return rate;
  },
};

export const benchmark: Benchmark = {
  name: 'append',
  jobs,
  async measure({ spawn, rounds, scaled }) {
    const [ours, naive] = [spawn(jobs), spawn(jobs)];
    const count = scaled(200_000);
    const pairs = await inTurn(
      rounds,
      () => ours.run('tidings', count),
      () => naive.run('rxjs', count),
    );
    const copied = await inTurn(
      rounds,
      () => ours.run('foreign', count),
      () => naive.run('rxjs', count),
    );
    return [
      { what: 'append ÷ ReplaySubject(10000).next', unit: 'events/s', pairs, aim: atLeast(1) },
      {
        what: 'append of objects that are copied ÷ ReplaySubject(10000).next',
        unit: 'events/s',
        pairs: copied,
        aim: unjudged,
      },
    ];
  },
};
