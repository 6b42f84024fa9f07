import { describe, expect, it } from 'vitest';
import { createClock } from '../../src/clock.ts';

describe('createClock', () => {
  it('adds what the monotonic clock advances to where the wall clock was', () => {
    const at = { wall: 1000, monotonic: 50n };
    const now = createClock({ wall: () => at.wall, monotonic: () => at.monotonic });
    at.monotonic += 1_234_567n;
    at.wall += 1;
    expect(now()).toBe(1_001_234_567n);
  });

  it.each([3_600_000, -3_600_000])('follows the wall clock when it is set by %d ms', (step) => {
    const at = { wall: 10_000_000, monotonic: 0n };
    const now = createClock({ wall: () => at.wall, monotonic: () => at.monotonic });
    at.wall += step;
    expect(now()).toBe(BigInt(10_000_000 + step) * 1_000_000n);
  });

  it('does not go back when the wall clock is a little behind', () => {
    const at = { wall: 1000, monotonic: 0n };
    const now = createClock({ wall: () => at.wall, monotonic: () => at.monotonic });
    at.monotonic += 3_000_000n;
    const before = now();
    at.monotonic += 1n;
    expect(now() - before).toBe(1n);
  });
});
