import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Ring } from '../../../src/collector/ring.ts';
import type { EngineEvent } from '../../../src/event.ts';
import { event } from '../../support/events.ts';

const numbered = (seq: number, timeNano: bigint): EngineEvent => ({ ...event({ timeNano }), seq });

describe('Ring', () => {
  it('holds the newest, as an array that is sliced does', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 1, max: 2 ** 40 }),
        fc.array(fc.bigInt({ min: 0n, max: 100n }), { maxLength: 200 }),
        (limit, first, times) => {
          const ring = new Ring(limit, first);
          times.forEach((time, i) => ring.push(numbered(first + i, time), 1));
          const held = times.map((_, i) => first + i).slice(-limit);
          expect(ring.head).toBe(first + times.length);
          expect(ring.oldest).toBe(held[0] ?? first);
          expect(held.map((seq) => ring.at(seq).seq)).toEqual(held);
        },
      ),
    );
  });

  it('skips only blocks that cannot hold an event of the window', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 500, max: 5000 }),
        fc.integer({ min: 0, max: 6000 }),
        fc.bigInt({ min: 0n, max: 6n }),
        (limit, count, since) => {
          const ring = new Ring(limit, 1);
          const time = (seq: number): bigint => BigInt(Math.floor(seq / 1000)) + (seq % 7 === 0 ? 1n : 0n);
          for (let seq = 1; seq <= count; seq++) ring.push(numbered(seq, time(seq)), 1);
          const from = ring.seek(ring.oldest, since, since);
          for (let seq = ring.oldest; seq < from; seq++) expect(ring.at(seq).timeNano === since).toBe(false);
          expect(from).toBeLessThanOrEqual(ring.head);
        },
      ),
    );
  });

  it('knows the newest time that it no longer holds, or a little later', () => {
    const ring = new Ring(2000, 1);
    for (let seq = 1; seq <= 2000; seq++) ring.push(numbered(seq, BigInt(seq)), 1);
    expect(ring.forgotten).toBeUndefined();
    for (let seq = 2001; seq <= 5000; seq++) ring.push(numbered(seq, BigInt(seq)), 1);
    expect(ring.forgotten).toBeGreaterThanOrEqual(3000n);
    expect(ring.forgotten).toBeLessThan(3000n + 1024n);
  });

  it.each([0, -1, 1.5, Number.NaN, 2 ** 25])('refuses a limit of %s', (limit) => {
    expect(() => new Ring(limit, 1)).toThrow(`invalid limit ${limit}: a whole number of events from 1 to`);
  });
});
