import { describe, expect, it } from 'vitest';
import { inTurn, median, quantile, ratioOf } from '../../bench/harness/statistics.ts';

describe('quantile', () => {
  it('interpolates between the values around it', () => {
    expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5);
    expect(quantile([10, 20], 0.25)).toBe(12.5);
    expect(quantile([3, 1, 2], 0)).toBe(1);
    expect(quantile([3, 1, 2], 1)).toBe(3);
    expect(median([7])).toBe(7);
  });

  it('says so when there are no values', () => {
    expect(() => quantile([], 0.5)).toThrow('no values: nothing was measured');
  });
});

describe('ratioOf', () => {
  it('divides the medians, and takes the spread from neighbours', () => {
    expect(ratioOf({ a: [10, 20, 90], b: [10, 10, 30] })).toEqual({ value: 2, low: 1.5, high: 2.5 });
  });
});

describe('inTurn', () => {
  it('measures A B A B, and drops the first pair', async () => {
    const order: string[] = [];
    let next = 0;
    const side = (name: string) => (): Promise<number> => {
      order.push(name);
      return Promise.resolve(next++);
    };
    const pairs = await inTurn(2, side('a'), side('b'));
    expect(order).toEqual(['a', 'b', 'a', 'b', 'a', 'b']);
    expect(pairs).toEqual({ a: [2, 4], b: [3, 5] });
  });
});
