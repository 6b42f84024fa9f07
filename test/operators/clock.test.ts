import { describe, expect, it } from 'vitest';
import { elapsedBy, monotonic } from '../../operators/clock.ts';

describe('elapsedBy', () => {
  it('is the time that has passed, and stands still while its clock is set back', () => {
    let now = 1000;
    const elapsed = elapsedBy({ now: () => now });
    const read = (at: number): number => {
      now = at;
      return elapsed();
    };
    expect([1000, 1005, 400, 410, 410, 500].map(read)).toEqual([0, 5, 5, 15, 15, 105]);
  });

  it('has a clock that only grows', () => {
    const first = monotonic.now();
    expect(monotonic.now()).toBeGreaterThanOrEqual(first);
  });
});
