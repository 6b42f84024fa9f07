import { from, Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { cooldown } from '../../operators/cooldown.ts';
import { marbles } from '../support/marbles.ts';

const same = (value: string): string => value;

describe('cooldown', () => {
  it(
    'lets one of a key through, then none for so long',
    marbles(({ hot, expectObservable, expectSubscriptions }, scheduler) => {
      const source = hot('  aba-a-ab-|');
      const subs = '        ^--------!';
      const expected = '    ab--a--b-|';
      expectObservable(source.pipe(cooldown(same, 3, { timestampProvider: scheduler }))).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it('is over in time though the clock is set back', () => {
    let now = 3_600_000;
    const source = new Subject<string>();
    const rings: number[] = [];
    const clock = { now: () => now };
    source.pipe(cooldown(same, 60_000, { timestampProvider: clock })).subscribe(() => rings.push(now));
    source.next('oom');
    now = 0;
    source.next('oom');
    now = 61_000;
    source.next('oom');
    expect(rings).toEqual([3_600_000, 61_000]);
  });

  it('remembers a bounded number of keys, and refuses bad bounds at the call', () => {
    const seen: string[] = [];
    from('abab')
      .pipe(cooldown(same, 9, { limit: 1 }))
      .subscribe((value) => seen.push(value));
    expect(seen.join('')).toBe('abab');
    expect(() => cooldown(same, -1)).toThrow('invalid within -1: a number of milliseconds, 0 or more');
    expect(() => cooldown(same, 1, { limit: 0 })).toThrow('invalid count 0: a whole number, 1 or more');
  });
});
