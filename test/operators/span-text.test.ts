import { describe, expect, it } from 'vitest';
import { spanText } from '../../operators/span-text.ts';

describe('a span of time', () => {
  it.each([
    [0n, '0 ms'],
    [40_400_000n, '40 ms'],
    [94_900_000n, '95 ms'],
    [95_000_000n, '0.1 s'],
    [700_000_000n, '0.7 s'],
    [3_000_000_000n, '3 s'],
    [9_949_000_000n, '9.9 s'],
    [9_960_000_000n, '10 s'],
    [12_900_000_000n, '12 s'],
    [119_999_999_999n, '119 s'],
    [120_000_000_000n, '2 min'],
    [7_199_000_000_000n, '119 min'],
    [7_200_000_000_000n, '2 h'],
    [172_799_000_000_000n, '47 h'],
    [172_800_000_000_000n, '2 d'],
    [86_400_000_000_000_000n, '1000 d'],
  ])('of %i ns is %s', (nanos, text) => {
    expect(spanText(nanos)).toBe(text);
  });
});
