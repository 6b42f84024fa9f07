import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Collector, createCollector } from '../../../src/collector/collector.ts';
import { formatCursor } from '../../../src/collector/cursor.ts';
import type { Query } from '../../../src/collector/query.ts';
import type { StreamCursor } from '../../../src/collector/stream-cursor.ts';
import { event, events } from '../../support/events.ts';

/** Reads until there is no more for now; gaps as `[from, to]`. */
function drain(reader: StreamCursor, limit = 100): (number | [number, number])[] {
  const out: (number | [number, number])[] = [];
  for (let more = true; more;) {
    const chunk = reader.read(limit);
    out.push(...chunk.events.map(({ seq }) => seq));
    if (chunk.gap) out.push([chunk.gap.from, chunk.gap.to]);
    more = chunk.more;
  }
  return out;
}

/** Names in a small world, so that every kind of hit and miss comes up. */
const name = fc.constantFrom('a', 'b', 'c');

/** The model: what each of the queries below means for the small world's names. */
const queries: [Query, (name: string) => boolean][] = [
  [{}, () => true],
  [{ name: 'a' }, (name) => name === 'a'],
  [{ name: ['a', 'b'] }, (name) => name !== 'c'],
  [{ name: '!a' }, (name) => name !== 'a'],
  [{ name: 'a*' }, (name) => name === 'a'],
];

describe('StreamCursor', () => {
  it('reads what was held, then what came, in steps of any size', () => {
    const collector = createCollector();
    collector.append(events(10));
    const reader = collector.reader({ since: 0n });
    expect(drain(reader, 3)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    collector.append(events(2));
    expect(drain(reader)).toEqual([11, 12]);
    expect(reader.cursor).toBe(formatCursor(collector.epoch, 12));
  });

  it('that stands still holds nothing and gets a gap for lost events', () => {
    const collector = createCollector({ limit: 4 });
    const reader = collector.reader();
    collector.append(events(10));
    expect(reader.lag).toBe(10);
    const chunk = reader.read(100);
    expect(chunk).toMatchObject({ events: [], gap: { from: 1, to: 6, reason: 'overflow' }, more: true });
    expect(drain(reader)).toEqual([7, 8, 9, 10]);
  });

  it('gives exactly what matches, however reads, lag and events interleave', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.array(name, { maxLength: 6 }), fc.integer({ min: 1, max: 5 })), {
          maxLength: 60,
        }),
        fc.constantFrom(...queries),
        fc.integer({ min: 30, max: 400 }),
        (script, [query, wanted], limit) => {
          const collector = createCollector({ limit });
          const reader = collector.reader(query);
          const names: string[] = [];
          const seen: number[] = [];
          const lost: [number, number][] = [];
          const take = (size: number): void => {
            const { events, gap } = reader.read(size);
            seen.push(...events.map(({ seq }) => seq));
            if (gap) lost.push([gap.from, gap.to]);
          };
          for (const step of script) {
            if (typeof step === 'number') take(step);
            else {
              names.push(...step);
              collector.append(step.map((each) => event({ name: each, id: each })));
            }
          }
          while (reader.lag > 0) take(3);
          const inGap = (seq: number): boolean => lost.some(([from, to]) => seq >= from && seq <= to);
          const expected = names.flatMap((each, i) => (wanted(each) && !inGap(i + 1) ? [i + 1] : []));
          expect(seen).toEqual(expected);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('wakes its owner once for all that one turn brings', async () => {
    const collector = createCollector();
    const reader = collector.reader({ name: 'e1' });
    drain(reader);
    let woken = 0;
    const awake = new Promise<void>((resolve) => reader.wait(() => (woken++, resolve())));
    collector.append(events(2));
    collector.append(events(2));
    await awake;
    expect(woken).toBe(1);
    expect(drain(reader)).toEqual([2, 4]);
  });

  it('does not wake the owner of an exact name for others', async () => {
    const collector = createCollector();
    const reader = collector.reader({ name: 'nobody' });
    drain(reader);
    const woken: string[] = [];
    reader.wait(() => woken.push('nobody'));
    const all = collector.reader();
    drain(all);
    const told = new Promise<void>((resolve) => all.wait(resolve));
    collector.append(events(5));
    await told;
    expect(woken).toEqual([]);
    expect(reader.cursor).toBe(collector.newest);
  });

  it('calls back at once if wait is called although there is more', async () => {
    const collector = createCollector();
    const reader = collector.reader({ since: 0n });
    collector.append(events(1));
    await new Promise<void>((resolve) => reader.wait(resolve));
    expect(drain(reader)).toEqual([1]);
  });

  it('ends when what is held was read, if it does not follow', () => {
    const collector = createCollector();
    collector.append(events(3));
    const reader = collector.reader({ follow: false });
    collector.append(events(1));
    expect(reader.ended).toBeUndefined();
    expect(drain(reader)).toEqual([1, 2, 3]);
    expect(reader.ended).toBe('complete');
  });

  it('reads what was due before it ends at shutdown', async () => {
    const collector = createCollector();
    const reader = collector.reader({ name: 'e2' });
    drain(reader);
    const told = new Promise<void>((resolve) => reader.wait(resolve));
    collector.append(events(3));
    collector.complete();
    await told;
    expect(reader.ended).toBeUndefined();
    expect(drain(reader)).toEqual([3]);
    expect(reader.ended).toBe('shutdown');
  });

  it('leaves nothing behind when closed', () => {
    const collector: Collector = createCollector();
    const reader = collector.reader({ name: 'a', until: BigInt(Date.now() + 1e6) * 1_000_000n });
    expect(collector.status.subscriptions).toBe(1);
    reader.close();
    expect(collector.status.subscriptions).toBe(0);
  });
});
