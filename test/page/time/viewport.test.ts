import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { around, atEdge, pan, SHORTEST, widthOf, zoom } from '../../../page/time/viewport.ts';

const view = { from: 1000, to: 11_000 };

describe('the shown period', () => {
  it('zooms around a time, which keeps its place', () => {
    expect(zoom(view, 0.5, 6000)).toEqual({ from: 3500, to: 8500 });
    expect(zoom(view, 2, 1000)).toEqual({ from: 1000, to: 21_000 });
    const time = fc.double({ min: 1000, max: 11_000, noNaN: true });
    fc.assert(
      fc.property(time, fc.double({ min: 0.2, max: 10, noNaN: true }), (at, factor) => {
        const zoomed = zoom(view, factor, at);
        const share = (period: typeof view): number => (at - period.from) / widthOf(period);
        expect(share(zoomed)).toBeCloseTo(share(view), 6);
      }),
    );
  });

  it('is never shorter than a second', () => {
    expect(widthOf(zoom(view, 1e-6, 5000))).toBe(SHORTEST);
    expect(widthOf(around(5000, 5000, 0))).toBe(SHORTEST);
  });

  it('moves by a share of its width', () => {
    expect(pan(view, 0.2)).toEqual({ from: 3000, to: 13_000 });
    expect(pan(pan(view, 0.3), -0.3)).toEqual(view);
  });

  it('ends a little after the live edge', () => {
    const moved = atEdge(view, 50_000);
    expect(widthOf(moved)).toBe(widthOf(view));
    expect(moved.to).toBeGreaterThan(50_000);
    expect(moved.to).toBeLessThan(50_000 + widthOf(view) * 0.1);
  });
});
