import fc from 'fast-check';
import { from, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { timesWithin } from '../../operators/timesWithin.ts';
import { event } from '../support/events.ts';
import { marbles } from '../support/marbles.ts';

const at = (timeNano: bigint, id = 'a', action = 'die') => event({ timeNano, id, action });

describe('timesWithin', () => {
  it('counts each container separately, and starts over after the last', () => {
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
      expectObservable(source.pipe(timesWithin(2, 9e-6))).toBe(expected, values);
      expectSubscriptions(source.subscriptions).toBe(subs);
    })();
  });

  it('forgets what was removed, and passes an error on', () => {
    marbles(({ hot, expectObservable }) => {
      const values = { a: at(1n), r: at(2n, 'a', 'destroy'), b: at(3n) };
      expectObservable(hot('ar-b-#', values).pipe(timesWithin(3, 9e-6))).toBe('-----#', values);
    })();
  });

  it('continues to count after the clock was set back, without counting the step as time', () => {
    const hour = 3_600_000_000_000n;
    const clock = [2n * hour, 2n * hour + 1n, hour, hour + 1n, hour + 2n];
    const passed: bigint[] = [];
    from(clock.map((time) => at(time)))
      .pipe(timesWithin(3, 1000))
      .subscribe(({ timeNano }) => passed.push(timeNano));
    expect(passed).toEqual([hour]);
  });

  it('counts by another key, and for a bounded number of them', () => {
    const events = [at(1n, 'a'), at(2n, 'b'), at(3n, 'a'), at(4n, 'b')];
    const count = (options: object): number => {
      let passed = 0;
      from(events)
        .pipe(timesWithin(2, 1, options))
        .subscribe(() => passed++);
      return passed;
    };
    expect(count({})).toBe(2);
    expect(count({ keyOf: () => 'all' })).toBe(2);
    expect(count({ limit: 1 })).toBe(0);
  });

  it.each([
    [1, 5, {}, 'invalid times 1: a whole number, 2 or more'],
    [2, -1, {}, 'invalid within -1: a number of milliseconds, 0 or more'],
    [2, 1, { limit: 0 }, 'invalid limit 0: a whole number, 1 or more'],
  ])('refuses %d within %d (%j) at the call', (times, within, options, message) => {
    expect(() => timesWithin(times, within, options)).toThrow(new RangeError(message));
  });

  it('is as a small model has it, whatever the engine does to its clock', () => {
    const events = fc.array(fc.tuple(fc.integer({ min: 0, max: 60 }), fc.constantFrom('a', 'b')), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(
        events,
        fc.integer({ min: 2, max: 4 }),
        fc.integer({ min: 0, max: 20 }),
        (list, times, within) => {
          // Each container's times, without the steps back, from where it began to be counted.
          const held = new Map<string, { last: number; lines: number[] }>();
          const expected = list.map(([time, id]) => {
            const { last, lines } = held.get(id) ?? { last: time, lines: [] };
            const now = (lines.at(-1) ?? 0) + Math.max(0, time - last);
            const all = [...lines, now];
            const met = all.filter((each) => now - each <= within).length >= times;
            held.set(id, { last: time, lines: met ? [] : all });
            return met;
          });
          const input = list.map(([time, id]) => at(BigInt(time) * 1_000_000n, id));
          from(input)
            .pipe(timesWithin(times, within), toArray())
            .subscribe((found) => expect(found).toEqual(input.filter((_, i) => expected[i])));
        },
      ),
    );
  });
});
