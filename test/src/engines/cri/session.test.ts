import { describe, expect, it } from 'vitest';
import { waitAfter } from '../../../../src/engines/cri/session.ts';

describe('the time between two lists', () => {
  it.each([
    [0, 1000],
    [20, 980],
    [50, 950],
    [100, 1900],
    [1000, 19_000],
  ])('after one of %d ms is %d ms, so that it is a second and listing takes 5 % at most', (took, wait) => {
    expect(waitAfter(took)).toBe(wait);
  });
});
