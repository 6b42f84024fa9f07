import { describe, expect, it } from 'vitest';
import { gainOf } from '../../bench/harness/against.ts';

describe('gainOf', () => {
  it('is above 1 where this build is better: more a second, less time, fewer bytes', () => {
    const pairs = { a: [20, 30, 40], b: [10, 10, 10] };
    expect(gainOf({ unit: 'events/s', pairs })).toEqual({ value: 3, low: 2.5, high: 3.5, regression: false });
    expect(gainOf({ unit: 'ns', pairs: { a: pairs.b, b: pairs.a } })).toMatchObject({ value: 3 });
  });

  it('calls it a regression when the median is below 0.95 and the upper quartile below 1', () => {
    const regression = (...a: number[]): boolean =>
      gainOf({ unit: 'events/s', pairs: { a, b: a.map(() => 100) } }).regression;
    expect(regression(90, 94, 99)).toBe(true);
    expect(regression(90, 96, 99)).toBe(false);
    expect(regression(90, 94, 120)).toBe(false);
  });
});
