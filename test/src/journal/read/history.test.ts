/** The journal answers every question as a ring does that is large enough to hold everything. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { lastValueFrom, map, toArray, VirtualTimeScheduler } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type Collector, createCollector } from '../../../../src/collector/collector.ts';
import type { Query } from '../../../../src/collector/query.ts';
import type { IncomingEvent } from '../../../../src/event.ts';
import { openJournal, readJournal } from '../../../../src/journal/journal.ts';
import type { Store } from '../../../../src/journal/store/store.ts';
import { event } from '../../../support/events.ts';
import { memoryStore } from '../../../support/memory-store.ts';

const ids = ['a', 'b', 'c'].map((letter) => letter.repeat(64));
const name = fc.constantFrom('web', 'db', 'cache', 'job');
/** Times that go back and forth, as engines deliver late and clocks step. */
const time = fc.integer({ min: 0, max: 20 });

/** Events of few names, so that chunks differ in what they are about. */
const some: fc.Arbitrary<IncomingEvent[]> = fc
  .tuple(fc.subarray(['web', 'db', 'cache', 'job'], { minLength: 1 }), fc.subarray(ids, { minLength: 1 }))
  .chain(([names, ids]) => {
    const name = fc.constantFrom(...names);
    const one = fc.record({ time, name, id: fc.constantFrom(...ids), to: name, rename: fc.nat({ max: 4 }) });
    return fc.oneof(fc.array(one, { minLength: 1, maxLength: 8 }), fc.array(one, { maxLength: 300 }));
  })
  .map((all) =>
    all.map(({ time, name, id, to, rename }) =>
      rename === 0
        ? event({
            timeNano: BigInt(time),
            action: 'rename',
            name: to,
            id,
            attributes: { oldName: `/${name}` },
          })
        : event({ timeNano: BigInt(time), name, id }),
    ),
  );

const step = fc.oneof(
  { weight: 1, arbitrary: some },
  { weight: 1, arbitrary: fc.constant('restart' as const) },
);

const query: fc.Arbitrary<Query> = fc
  .record({
    name: fc.option(
      fc.oneof(
        { weight: 3, arbitrary: name },
        fc.constantFrom('!web', 'w*', ids[1] ?? '', ids[2]?.slice(0, 12) ?? ''),
      ),
      {
        nil: undefined,
      },
    ),
    since: fc.option(time, { nil: undefined }),
    until: fc.option(time, { nil: undefined }),
    tail: fc.option(fc.nat({ max: 300 }), { nil: undefined }),
    event: fc.option(fc.constantFrom('rename', 'start'), { nil: undefined }),
  })
  .map(({ name, since, until, tail, event }) => {
    const [from, to] =
      since !== undefined && until !== undefined && since > until ? [until, since] : [since, until];
    return {
      name,
      since: from === undefined ? undefined : BigInt(from),
      until: to === undefined ? undefined : BigInt(to),
      tail,
      filters: event === undefined ? undefined : { event: [event] },
      follow: false,
    };
  });

async function answer(collector: Collector, query: Query): Promise<number[]> {
  const all = collector.events(query);
  return await lastValueFrom(
    all.pipe(
      map(({ seq }) => seq),
      toArray(),
    ),
  );
}

describe('a history on disk', () => {
  it('answers as one in memory', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 12 }),
        fc.array(query, { minLength: 1, maxLength: 6 }),
        async (steps, queries) => {
          const store = memoryStore();
          const open = () => openJournal({ directory: '', store, scheduler: new VirtualTimeScheduler() });
          let journal = await open();
          const begin = (): Collector => {
            const made = createCollector({ ...journal, limit: 32 });
            journal.follow(made);
            return made;
          };
          let collector = begin();
          const oracle = createCollector({ limit: 100_000 });
          for (const each of steps) {
            if (each === 'restart') {
              collector.complete();
              await journal.close();
              journal = await open();
              collector = begin();
              continue;
            }
            oracle.append(each.map((one) => ({ ...one })));
            for (const one of each) {
              collector.append([{ ...one }]);
              await Promise.resolve();
            }
          }
          for (const query of queries)
            expect(await answer(collector, query)).toEqual(await answer(oracle, query));
        },
      ),
      { numRuns: 150 },
    );
  }, 60_000);

  it('reads a chunk once for a reader in steps, even if other readers go through all of it', async () => {
    const COUNT = 20_000;
    const memory = memoryStore();
    let reads = 0;
    const read: Store['read'] = (...where) => (reads++, memory.read(...where));
    const store = { ...memory, read };
    const journal = await openJournal({ directory: '', store, scheduler: new VirtualTimeScheduler() });
    const collector = createCollector({ ...journal, limit: COUNT });
    const events = Array.from({ length: COUNT }, (_, i) => event({ id: `c${i}`, timeNano: BigInt(i) }));
    journal.follow(collector);
    collector.append(events);
    collector.complete();
    await journal.close();

    const again = readJournal({ directory: '', store });
    assert(again !== undefined);
    const { archive, containersAt } = again;
    const step = (from: number): number => archive.read(from, COUNT, 10, {}).next;
    const next = step(1);
    const { containers } = await containersAt(BigInt(COUNT));
    expect(containers.length).toBeGreaterThan(0);
    reads = 0;
    step(next);
    expect(reads).toBe(0);
  });
});
