import { describe, expect, it } from 'vitest';
import { backoff } from '../../src/backoff.ts';

describe('backoff', () => {
  const waits = (random?: () => number): number[] =>
    [0, 1, 2, 6, 7, 100, 5000].map((attempt) => backoff(attempt, { first: 100, longest: 10_000, random }));

  it('doubles from the first wait to the longest, of which a half is left to chance', () => {
    expect(waits(() => 1)).toEqual([100, 200, 400, 6400, 10_000, 10_000, 10_000]);
    expect(waits(() => 0)).toEqual([50, 100, 200, 3200, 5000, 5000, 5000]);
  });

  it('is the whole wait where nothing is left to chance', () => {
    expect(waits()).toEqual(waits(() => 1));
  });
});
