import { describe, expect, it } from 'vitest';
import { instantOf } from '../../../../src/engines/grpc/timestamp.ts';

describe('an instant of a Timestamp', () => {
  it.each([
    [{ seconds: 1_700_000_000n, nanos: 5 }, 1_700_000_000_000_000_005n],
    [{ seconds: -1n, nanos: 999_999_999 }, -1n],
    [{ seconds: 9_223_372_036n, nanos: 854_775_807 }, 2n ** 63n - 1n],
  ])('of %o is exact', (time, instant) => {
    expect(instantOf(time)).toBe(instant);
  });

  it.each([
    ['none', null],
    ['an empty one', { seconds: 0n, nanos: 0 }],
    ["Go's zero time", { seconds: -62_135_596_800n, nanos: 0 }],
    ['one after the year 2262', { seconds: 9_223_372_036n, nanos: 854_775_808 }],
    ['one before the year 1677', { seconds: -9_223_372_037n, nanos: 0 }],
    ['one of 64 bits of seconds', { seconds: 2n ** 63n - 1n, nanos: 0 }],
    ['one of odd nanoseconds', { seconds: 1n, nanos: 1_000_000_000 }],
    ['one of negative nanoseconds', { seconds: 1n, nanos: -1 }],
  ])('is not known of %s', (_, time) => {
    expect(instantOf(time)).toBeUndefined();
  });
});
