/** A thousand sinks in the process get every event encoded: once for all of them, or for each. */
import { encodeEvent, writeEvent } from '../../src/encoders/ndjson-event.ts';
import { type Collector, createCollector, type EngineEvent } from '../../src/index.ts';
import { Blocks } from '../../src/server/stream/blocks.ts';
import { atLeast, both, more } from '../harness/aim.ts';
import type { Benchmark } from '../harness/benchmark.ts';
import { expectCount, rateOf } from '../harness/data.ts';
import { inTurn } from '../harness/statistics.ts';

const SINKS = 1000;

/** More events than come at a time. */
const LIMIT = 256;

/** Encoders of a list of events. */
const encoders = {
  once: ({ epoch }: Collector) => {
    const blocks = new Blocks((event, out) => {
      writeEvent(out, event, epoch);
      out.ascii('\n');
    });
    return (events: readonly EngineEvent[]): Buffer => blocks.of(events);
  },
  each: (collector: Collector) => {
    const encode = (event: EngineEvent): string => `${encodeEvent(event, collector.cursorOf(event))}\n`;
    return (events: readonly EngineEvent[]): Buffer => Buffer.from(events.map(encode).join(''));
  },
};

const jobs = {
  rate(kind: keyof typeof encoders, count: number): number {
    const collector = createCollector({ limit: 10_000 });
    const encode = encoders[kind](collector);
    const readers = Array.from({ length: SINKS }, () => collector.reader());
    let delivered = 0;
    let bytes = 0;
    const rate = rateOf(count, (list) => {
      collector.append(list);
      for (const reader of readers) {
        const { events } = reader.read(LIMIT);
        delivered += events.length;
        bytes += encode(events).length;
      }
    });
    expectCount(delivered, count * SINKS);
    expectCount(bytes % SINKS, 0);
    return rate;
  },
};

export const benchmark: Benchmark = {
  name: 'encoded',
  jobs,
  async measure({ spawn, rounds, quick }) {
    const [once, each] = [spawn(jobs), spawn(jobs)];
    const pairs = await inTurn(
      rounds,
      () => once.run('rate', 'once', quick ? 5000 : 20_000),
      () => each.run('rate', 'each', quick ? 200 : 500),
    );
    return [
      {
        what: '1,000 receivers get the line, encoded once ÷ for each',
        unit: 'events/s',
        pairs,
        aim: both(atLeast(2), more(40_000, '40 k/s')),
      },
    ];
  },
};
