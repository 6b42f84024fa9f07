import { describe, expect, it } from 'vitest';
import { timeColumn, type TimeStyle } from '../../../cli/render/time-text.ts';
import { instant } from '../../../src/index.ts';

const now = instant.parse('2022-05-10T12:00:00Z');
const column = (style: TimeStyle): ((time: bigint) => string) =>
  timeColumn({ style, utc: true, now: () => now });
const SECOND = 1_000_000_000n;

describe('timeColumn', () => {
  it('short: the clock, and the day where it is another', () => {
    expect(column('short')(now - SECOND + 1n)).toBe('11:59:59.000');
    expect(column('short')(now - 86_400n * SECOND)).toBe('2022-05-09 12:00:00.000');
  });

  it('short: the day as soon as it has changed', () => {
    let at = instant.parse('2022-05-10T23:59:59.5Z');
    const short = timeColumn({ style: 'short', utc: true, now: () => at });
    expect(short(at)).toBe('23:59:59.500');
    at += 2n * SECOND;
    expect(short(at)).toBe('00:00:01.500');
    expect(short(at - 2n * SECOND)).toBe('2022-05-10 23:59:59.500');
  });

  it('full: every digit and the zone', () => {
    expect(column('full')(now + 1n)).toBe('2022-05-10T12:00:00.000000001Z');
  });

  it.each([
    [120n * 1_000_000n, ' 120ms ago'],
    [4500n * 1_000_000n, '4.500s ago'],
    [133n * SECOND, ' 2m13s ago'],
    [120n * SECOND, '    2m ago'],
    [5400n * SECOND, ' 1h30m ago'],
    [90_000n * SECOND, '  1d1h ago'],
    [-5n * SECOND, '   +5.000s'],
  ])('relative: %d ns', (passed, text) => {
    expect(column('relative')(now - passed)).toBe(text);
  });

  it('delta: since the line before', () => {
    const delta = column('delta');
    expect([0n, 250_000_000n, 61n * SECOND, 60n * SECOND].map((at) => delta(now + at).trim())).toEqual([
      '+0ms',
      '+250ms',
      '+1m',
      '-1.000s',
    ]);
  });

  it('prints what the command line reads', () => {
    const time = now - 133n * SECOND;
    expect(instant.parse(column('full')(time), { now })).toBe(time);
    expect(instant.parse(column('relative')(time), { now })).toBe(time);
    const local = timeColumn({ style: 'short', utc: false, now: () => now });
    expect(instant.parse(local(time), { now })).toBe(time);
    expect(instant.parse(local(time - 100n * 86_400n * SECOND), { now })).toBe(
      time - 100n * 86_400n * SECOND,
    );
  });
});
