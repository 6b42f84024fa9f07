import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Ring } from '../../../src/collector/ring.ts';
import { OwnEvent } from '../../../src/event.ts';
import { event } from '../../support/events.ts';

const own = (timeNano: bigint, bytes = 1): OwnEvent => new OwnEvent(event({ timeNano }), bytes);

describe('Ring', () => {
  it('holds the newest, as an array that is sliced does', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 1, max: 2 ** 40 }),
        fc.array(fc.bigInt({ min: 0n, max: 100n }), { maxLength: 200 }),
        (limit, first, times) => {
          const ring = new Ring(limit, first);
          for (const time of times) ring.push(own(time));
          const held = times.map((_, i) => first + i).slice(-limit);
          expect(ring.head).toBe(first + times.length);
          expect(ring.oldest).toBe(held[0] ?? first);
          expect(held.map((seq) => ring.at(seq).seq)).toEqual(held);
        },
      ),
    );
  });

  it('reads so many events and about so many bytes, one at least', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 60 }),
        fc.nat(),
        (sizes, count, bytes, start) => {
          const ring = new Ring(40, 1, 150);
          for (const size of sizes) ring.push(own(0n, size));
          const from = ring.oldest + (start % (ring.head - ring.oldest));
          const read = ring.read(from, count, bytes).map(({ seq }) => seq);
          const expected: number[] = [];
          for (let seq = from, size = 0; seq < ring.head && size < bytes && expected.length < count; seq++) {
            expected.push(seq);
            size += sizes[seq - 1] as number;
          }
          expect(read).toEqual(expected);
          expect(ring.bytes).toBe(sizes.slice(ring.oldest - 1).reduce((a, b) => a + b));
          expect(ring.bytes).toBeLessThanOrEqual(150);
        },
      ),
    );
  });

  it('knows the newest time that it no longer holds', () => {
    const ring = new Ring(3, 1);
    for (const time of [1n, 5n, 2n]) ring.push(own(time));
    expect(ring.forgotten).toBeUndefined();
    const known = [9n, 9n, 9n].map((time) => {
      ring.push(own(time));
      return ring.forgotten;
    });
    expect(known).toEqual([1n, 5n, 5n]);
  });

  it.each([0, -1, 1.5, Number.NaN, 2 ** 25])('refuses a limit of %s', (limit) => {
    expect(() => new Ring(limit, 1)).toThrow(`invalid limit ${limit}: a whole number of events from 1 to`);
  });
});
