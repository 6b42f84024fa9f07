import fc from 'fast-check';
import { from, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { timesWithin } from '../../../../src/handlers/rules/timesWithin.ts';
import { event } from '../../../support/events.ts';
import { marbles } from '../../../support/marbles.ts';

const at = (timeNano: bigint, id = 'a', action = 'die') => event({ timeNano, id, action });

describe('so many times within so long', () => {
  it('counts each container by itself, and begins anew after the last', () => {
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const values = {
        a: at(1n),
        b: at(1n, 'b'),
        c: at(10n),
        d: at(11n),
        e: at(12n),
        f: at(13n),
      };
      const source = hot('  ab-cdef-|', values);
      const subs = '        ^-------!';
      const expected = '    ---c-e--|';
      expectObservable(source.pipe(timesWithin(2, 9n))).toBe(expected, values);
      expectSubscriptions(source.subscriptions).toBe(subs);
    })();
  });

  it('forgets what was removed, and passes an error on', () => {
    marbles(({ hot, expectObservable }) => {
      const values = { a: at(1n), r: at(2n, 'a', 'destroy'), b: at(3n) };
      expectObservable(hot('ar-b-#', values).pipe(timesWithin(3, 9n))).toBe('-----#', values);
    })();
  });

  it('is as a small model has it, also where times are out of order', () => {
    const events = fc.array(fc.tuple(fc.bigInt({ min: 0n, max: 60n }), fc.constantFrom('a', 'b')), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(
        events,
        fc.integer({ min: 2, max: 4 }),
        fc.bigInt({ min: 1n, max: 20n }),
        (list, times, within) => {
          const held = new Map<string, bigint[]>();
          const expected = list.map(([time, id]) => {
            const all = [...(held.get(id) ?? []), time];
            const newest = all.reduce((x, y) => (x > y ? x : y));
            const recent = all.filter((each) => newest - each <= within);
            held.set(id, recent.length >= times ? [] : recent);
            return recent.length >= times;
          });
          const input = list.map(([time, id]) => at(time, id));
          from(input)
            .pipe(timesWithin(times, within), toArray())
            .subscribe((found) => expect(found).toEqual(input.filter((_, i) => expected[i])));
        },
      ),
    );
  });
});
