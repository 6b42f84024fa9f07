import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as instant from '../../src/instant.ts';

const now = instant.parse('2026-11-20T12:00:00Z');
/** 1970 to 9998: in some zones the year 10000 comes early. */
const anyInstant = fc.bigInt({ min: 0n, max: 253_370_764_799_999_999_999n });

describe('instant.parse', () => {
  const zone = process.env['TZ'];
  beforeEach(() => void (process.env['TZ'] = 'Asia/Shanghai'));
  afterEach(() => {
    if (zone === undefined) delete process.env['TZ'];
    else process.env['TZ'] = zone;
  });

  it.each([
    ['2022-05-10T17:20:34.661862100+08:00', 1_652_174_434_661_862_100n],
    ['2022-05-10T09:20:34.6618621Z', 1_652_174_434_661_862_100n],
    ['2022-05-10t09:20:34z', 1_652_174_434_000_000_000n],
    ['2022-05-10T05:50:34-0330', 1_652_174_434_000_000_000n],
    ['2022-05-10 17:20:34.661862100', 1_652_174_434_661_862_100n],
    ['2022-05-10 17:20', 1_652_174_400_000_000_000n],
    ['2022-05-10', 1_652_112_000_000_000_000n],
    ['2022/05/10', 1_652_112_000_000_000_000n],
    ['2022/05/10T17:20', 1_652_174_400_000_000_000n],
    ['2022-05-10T17', 1_652_173_200_000_000_000n],
    ['2022-05-10T17+08:00', 1_652_173_200_000_000_000n],
    ['1652174434.661862100', 1_652_174_434_661_862_100n],
    ['1652174434', 1_652_174_434_000_000_000n],
    ['0', 0n],
    ['-1.5', -1_500_000_000n],
    ['90m', now - 5_400_000_000_000n],
    ['1h30m', now - 5_400_000_000_000n],
    ['1.5h', now - 5_400_000_000_000n],
    ['300ms', now - 300_000_000n],
    ['12s ago', now - 12_000_000_000n],
    ['+10m', now + 600_000_000_000n],
    ['7d', now - 604_800_000_000_000n],
    ['-10m', now - 600_000_000_000n],
    ['10min', now - 600_000_000_000n],
    ['2h30', now - 9_000_000_000_000n],
    ['now', now],
    // It is 20:00 in Shanghai.
    ['noon', now - 28_800_000_000_000n],
    ['today', now - 72_000_000_000_000n],
    ['Yesterday', now - 158_400_000_000_000n],
    ['20:00:01.5', now + 1_500_000_000n],
  ])('reads %s', (text, expected) => {
    expect(instant.parse(text, { now })).toBe(expected);
  });

  it.each([
    '',
    'yestermorn',
    '2022-02-30',
    '2022-13-01',
    '2022-05-10T24:00:00Z',
    '2022-05-10Z',
    '2022-05/10',
    'T17',
    '2022-05-10T1',
    '12:61',
    '1.2.3',
    '5x',
    'NaN',
    '--90m',
    '1e3',
  ])('refuses %j and tells the known notations', (text) => {
    expect(() => instant.parse(text, { now })).toThrow(
      /^invalid time ".*": known are 2022-05-10T17:20:34\.661862100\+08:00/,
    );
  });

  it('reads back what format wrote, in any zone', () => {
    fc.assert(
      fc.property(
        anyInstant,
        fc.oneof(fc.constantFrom('local' as const, 'utc' as const), fc.integer({ min: -839, max: 839 })),
        (value, zone) => {
          expect(instant.parse(instant.format(value, { zone }))).toBe(value);
        },
      ),
    );
  });
});

describe('instant.format', () => {
  it.each([
    [1_652_174_434_661_862_100n, { zone: 480 }, '2022-05-10T17:20:34.661862100+08:00'],
    [1_652_174_434_661_862_100n, {}, '2022-05-10T09:20:34.661862100Z'],
    [1_652_174_434_661_862_100n, { digits: 3 }, '2022-05-10T09:20:34.661Z'],
    [1_652_174_434_661_862_100n, { digits: 0, zone: -210 }, '2022-05-10T05:50:34-03:30'],
    [-1n, {}, '1969-12-31T23:59:59.999999999Z'],
  ] as const)('writes %s with %o as %s', (value, options, expected) => {
    expect(instant.format(value, options)).toBe(expected);
  });
});

describe('instant.seconds and instant.nanos', () => {
  const second = 1_000_000_000n;
  const edges = [0n, 2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 63n, 2n ** 64n].flatMap((edge) => [edge, -edge]);

  it('say where an instant is, to the nanosecond', () => {
    const near = fc
      .tuple(fc.constantFrom(...edges), fc.bigInt({ min: -3n, max: 3n }))
      .map(([edge, distance]) => edge + distance);
    const nearSecond = fc
      .tuple(fc.bigInt({ min: -(2n ** 34n), max: 2n ** 34n }), fc.bigInt({ min: -600n, max: 600n }))
      .map(([whole, distance]) => whole * second + distance);
    fc.assert(
      fc.property(fc.oneof(near, nearSecond, fc.bigInt({ min: -(2n ** 66n), max: 2n ** 66n })), (value) => {
        const nanos = instant.nanos(value);
        expect(BigInt(instant.seconds(value)) * second + BigInt(nanos)).toBe(value);
        expect(nanos).toBeGreaterThanOrEqual(0);
        expect(nanos).toBeLessThan(1e9);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('instant.parseDuration', () => {
  it.each(['', '10', 'm', '-5m', '1m 2s'])('refuses %j', (text) => {
    expect(() => instant.parseDuration(text)).toThrow(/^invalid duration ".*": known are 90m/);
  });
});

describe('instant.compare', () => {
  it('sorts', () => {
    expect([3n, 1n, 2n, 1n].sort(instant.compare)).toEqual([1n, 1n, 2n, 3n]);
  });
});
