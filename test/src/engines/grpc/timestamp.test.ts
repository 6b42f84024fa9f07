import { describe, expect, it } from 'vitest';
import { instantOf } from '../../../../src/engines/grpc/timestamp.ts';

describe('an instant of a Timestamp', () => {
  it.each([
    [{ seconds: 1_700_000_000n, nanos: 5 }, 1_700_000_000_000_000_005n],
    [{ seconds: -1n, nanos: 999_999_999 }, -1n],
    [{ seconds: 253_402_300_799n, nanos: 999_999_999 }, 253_402_300_799_999_999_999n],
  ])('of %o is exact', (time, instant) => {
    expect(instantOf(time)).toBe(instant);
  });

  it.each([
    ['none', null],
    ['an empty one', { seconds: 0n, nanos: 0 }],
    ["Go's zero time", { seconds: -62_135_596_800n, nanos: 0 }],
    ['one after the year 9999', { seconds: 253_402_300_800n, nanos: 0 }],
    ['one of odd nanoseconds', { seconds: 1n, nanos: 1_000_000_000 }],
    ['one of negative nanoseconds', { seconds: 1n, nanos: -1 }],
  ])('is not known of %s', (_, time) => {
    expect(instantOf(time)).toBeUndefined();
  });
});
