import fc from 'fast-check';
import { VirtualTimeScheduler } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Archive } from '../../../src/collector/archive.ts';
import { createCollector } from '../../../src/collector/collector.ts';
import { deliver, inRounds } from '../../../src/collector/delivery.ts';
import type { Query } from '../../../src/collector/query.ts';
import { event, events } from '../../support/events.ts';

const name = fc.constantFrom('a', 'b', 'c');

/** The meaning of the queries for the small world's names. */
const queries: [Query, (name: string) => boolean][] = [
  [{}, () => true],
  [{ name: 'a' }, (name) => name === 'a'],
  [{ name: 'a*' }, (name) => name === 'a'],
  [{ name: '!a' }, (name) => name !== 'a'],
  [{ filters: { 'container~': ['[ab]'] } }, (name) => name !== 'c'],
];

/** Keeps every event that a collector is given, but for a hole. */
function archiveOf(names: readonly string[], hole: readonly [from: number, to: number]): Archive {
  return {
    oldest: 1,
    forgotten: undefined,
    durable: 0,
    read: (from, to, limit) => {
      const end = Math.min(to, from + limit);
      const [low, high] = hole;
      if (from >= low && from <= high && low < to) {
        const last = Math.min(high, to - 1);
        return { events: [], next: last + 1, gap: { from, to: last, reason: 'damaged' } };
      }
      const stop = from < low ? Math.min(end, low) : end;
      const held = names.slice(from - 1, stop - 1);
      const read = held.map((each, i) => Object.assign(event({ name: each, id: each }), { seq: from + i }));
      return { events: read, next: from + read.length };
    },
  };
}

describe('the search for a tail', () => {
  it.each([['memory alone'], ['an archive behind it']])(
    'finds the newest at the opening, and all that comes, once, whatever comes meanwhile: %s',
    (kind) => {
      let late = 0;
      fc.assert(
        fc.property(
          fc.array(name, { maxLength: 120 }),
          fc.nat({ max: 20 }),
          fc.constantFrom(...queries),
          fc.integer({ min: 10, max: 100 }),
          fc.array(fc.oneof(fc.array(name, { maxLength: 12 }), fc.integer({ min: 1, max: 9 })), {
            maxLength: 40,
          }),
          fc.tuple(fc.integer({ min: 1, max: 60 }), fc.nat({ max: 10 })),
          (before, tail, [query, wanted], limit, script, [low, length]) => {
            const names: string[] = [];
            // The archive also holds the events that memory holds at the opening.
            const hole = [low, Math.min(low + length, before.length - limit)] as const;
            const archive = kind === 'memory alone' ? undefined : archiveOf(names, hole);
            const collector = createCollector({ limit, ...(archive && { archive }) });
            const append = (list: readonly string[]): void => {
              names.push(...list);
              collector.append(list.map((each) => event({ name: each, id: each })));
            };
            append(before);
            const oldest = archive === undefined ? Math.max(1, before.length - limit + 1) : 1;
            const matching = before.flatMap((each, i) => {
              const seq = i + 1;
              const lost = archive !== undefined && seq >= hole[0] && seq <= hole[1];
              return wanted(each) && seq >= oldest && !lost ? [seq] : [];
            });
            const reader = collector.reader({ ...query, tail });
            const seen: number[] = [];
            const lost: [number, number][] = [];
            const take = (size: number): boolean => {
              const { events, gap, more } = reader.read(size);
              seen.push(...events.map(({ seq }) => seq));
              if (gap !== undefined) lost.push([gap.from, gap.to]);
              return more;
            };
            for (const step of script) {
              if (typeof step === 'number') take(step);
              else append(step);
            }
            while (take(3));
            reader.close();
            expect(collector.status.subscriptions).toBe(0);
            const newest = tail === 0 ? [] : matching.slice(-tail);
            const live = names.flatMap((each, i) => (i >= before.length && wanted(each) ? [i + 1] : []));
            const inGap = (seq: number): boolean => lost.some(([from, to]) => seq >= from && seq <= to);
            if (newest.some(inGap)) late++;
            expect(seen).toEqual([...newest, ...live].filter((seq) => !inGap(seq)));
            // No readable event is reported as lost.
            const had = lost.filter(([, to]) => to > names.length - limit);
            expect(archive === undefined ? had : []).toEqual([]);
          },
        ),
        { numRuns: 500 },
      );
      // The world is small enough for tails that are lost while they are looked for.
      expect(late > 0).toBe(kind === 'memory alone');
    },
  );

  it('looks at a constant number of events in each turn, and opens without looking', () => {
    const rounds: (() => void)[] = [];
    const pace = inRounds(new VirtualTimeScheduler(), undefined, (round) => void rounds.push(round));
    const collector = createCollector();
    collector.append(events(20_000));
    const meter = { items: 0, each: 1 };
    const asked = {
      pattern: '*',
      negated: false,
      matches: ({ name = '' }) => {
        meter.items++;
        return name === 'e7' || name === 'e8';
      },
    };
    const sent: string[][] = [];
    for (let client = 0; client < 10; client++) {
      const got: string[] = [];
      sent.push(got);
      const cursor = collector.reader({ name: [asked], tail: 1, follow: false });
      deliver(cursor, { pace, meter }).subscribe((part) => {
        if (part.kind === 'events') got.push(...part.events.map(({ name = '' }) => name));
        if (part.kind === 'end') got.push(part.reason);
      });
    }
    expect(meter.items).toBe(0);
    let most = 0;
    for (let before = 0; rounds.length > 0; before = meter.items) {
      rounds.shift()?.();
      most = Math.max(most, meter.items - before);
    }
    expect(sent).toEqual(Array.from({ length: 10 }, () => ['e8', 'complete']));
    expect(meter.items).toBeGreaterThan(10 * 20_000);
    expect(most).toBeLessThan(8192 + 4096);
  });

  it('continues after a break, and does not end before it has found the tail', () => {
    const collector = createCollector();
    collector.append(events(1000));
    const reader = collector.reader({ tail: 1, name: 'e3*', until: 2n ** 62n });
    expect(reader.read(10).events).toEqual([]);
    collector.complete();
    const seen: (string | undefined)[] = [];
    while (reader.ended === undefined) seen.push(...reader.read(50).events.map(({ name }) => name));
    expect([...seen, reader.ended]).toEqual(['e399', 'shutdown']);
    reader.close();
  });

  it('counts again when events are lost after it counted them', () => {
    const collector = createCollector({ limit: 10 });
    collector.append([...events(9, 'a'), event({ name: 'c' })]);
    const reader = collector.reader({ tail: 5, name: 'a*' });
    // The newest 5 events, then all 10, and the first of the 4 that are too many.
    for (const limit of [5, 10, 1]) expect(reader.read(limit).more).toBe(true);
    collector.append(events(3, 'b'));
    const seen: number[] = [];
    for (let more = true; more;) {
      const chunk = reader.read(100);
      seen.push(...chunk.events.map(({ seq }) => seq));
      expect(chunk.gap).toBeUndefined();
      ({ more } = chunk);
    }
    expect(seen).toEqual([5, 6, 7, 8, 9]);
    reader.close();
  });
});
