import { Subject, VirtualTimeScheduler } from 'rxjs';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { type Absence, absent } from '../../operators/absent.ts';
import { marbles } from '../support/marbles.ts';

const none = (last?: string, key?: string): Absence<string> => ({ kind: 'absence', key, last, for: 3 });
const first = (value: string): string => value.charAt(0);

describe('absent', () => {
  it(
    'emits once for each time in which no event came, the beginning included',
    marbles(({ hot, expectObservable, expectSubscriptions }, scheduler) => {
      const source = hot('  ----a-b-------c|');
      const subs = '        ^--------------!';
      const expected = '    ---x-----y-----|';
      expectObservable(source.pipe(absent(3, { scheduler }))).toBe(expected, { x: none(), y: none('b') });
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it(
    'watches each key by itself, from its first event on',
    marbles(({ hot, expectObservable }, scheduler) => {
      const source = hot('  ----a-b-a-----|');
      const expected = '    -------x-y-z--|';
      const watch = absent(3, { keyOf: first, scheduler });
      expectObservable(source.pipe(watch)).toBe(expected, {
        x: none('a', 'a'),
        y: none('b', 'b'),
        z: none('a', 'a'),
      });
      expectObservable(source.pipe(absent(3, { keyOf: first, limit: 1, scheduler }))).toBe(
        '-----------z--|',
        {
          z: none('a', 'a'),
        },
      );
    }),
  );

  it('waits longer than a timer can', () => {
    const clock = new VirtualTimeScheduler();
    const seen: number[] = [];
    const source = new Subject<string>();
    const days = 40 * 86_400_000;
    source.pipe(absent(days, { scheduler: clock })).subscribe(() => {
      seen.push(clock.now());
      source.complete();
    });
    clock.flush();
    expect(seen).toEqual([days]);
  });

  it.each([
    [0, {}, 'invalid within 0: a number of milliseconds, more than 0'],
    [NaN, {}, 'invalid within NaN: a number of milliseconds, 0 or more'],
    [1, { limit: 0 }, 'invalid limit 0: a whole number, 1 or more'],
  ])('refuses %d, %j at the call', (within, options, message) => {
    expect(() => absent(within, options)).toThrow(new RangeError(message));
  });

  it('keeps the type of the events', () => {
    new Subject<{ mine: 1 }>()
      .pipe(absent(1))
      .subscribe(({ last }) => expectTypeOf(last).toEqualTypeOf<{ mine: 1 } | undefined>())
      .unsubscribe();
  });
});
