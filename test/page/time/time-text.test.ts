import { describe, expect, it } from 'vitest';
import { ticksOf, xOf } from '../../../page/time/scale.ts';
import { offsetOf, spanText } from '../../../page/time/time-text.ts';

describe('spans', () => {
  it.each([
    [0, '0.0 s'],
    [400, '0.4 s'],
    [13_200, '13 s'],
    [60_000, '1 min'],
    [90_000, '1 min 30 s'],
    [7_500_000, '2 h 5 min'],
    [3_599_700, '1 h'],
    [86_400_000 * 2 + 3_600_000, '2 d 1 h'],
    [-1500, '-1.5 s'],
  ])('%i ms are %s', (ms, text) => {
    expect(spanText(ms)).toBe(text);
  });
});

describe('zones', () => {
  const summer = Date.parse('2026-07-01T00:00:00Z');
  it.each([
    ['UTC', 0],
    ['Europe/Berlin', 120],
    ['Asia/Kathmandu', 345],
    ['America/St_Johns', -150],
    ['Mars/Olympus', undefined],
  ])('%s', (zone, minutes) => {
    expect(offsetOf(zone, summer)).toBe(minutes);
  });
});

describe('ticks', () => {
  it.each([1000, 60_000, 3_600_000, 86_400_000, 7 * 86_400_000, 365 * 86_400_000])(
    'of %i ms are in view, apart, and rise',
    (width) => {
      const from = Date.parse('2026-11-28T03:12:45.678Z');
      const ticks = ticksOf({ from, to: from + width }, 1000);
      expect(ticks.length).toBeGreaterThan(2);
      expect(ticks.length).toBeLessThan(22);
      for (const [index, { x, text }] of ticks.entries()) {
        expect(x).toBeGreaterThanOrEqual(index === 0 ? 0 : (ticks[index - 1]?.x ?? 0) + 40);
        expect(x).toBeLessThanOrEqual(1000);
        expect(text).not.toBe('');
      }
    },
  );

  it('map times to pixels', () => {
    const x = xOf({ from: 1000, to: 2000 }, 500);
    expect([x(1000), x(1500), x(2000)]).toEqual([0, 250, 500]);
  });
});
