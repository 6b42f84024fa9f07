import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatCursor, parseCursor } from '../../../src/collector/cursor.ts';

const epoch = fc.stringMatching(/^[0-9a-z]{1,8}$/);
const seq = fc.maxSafeNat();

describe('cursor', () => {
  it('reads back what it wrote', () => {
    fc.assert(
      fc.property(epoch, seq, (epoch, seq) => {
        expect(parseCursor(formatCursor(epoch, seq))).toEqual({ epoch, seq });
      }),
    );
  });

  it('refuses a cursor that was cut', () => {
    fc.assert(
      fc.property(epoch, seq, fc.integer({ min: 1, max: 3 }), (epoch, seq, cut) => {
        const text = formatCursor(epoch, seq);
        expect(() => parseCursor(text.slice(0, -cut))).toThrow(RangeError);
      }),
    );
  });

  it.each([
    ['k3f:41', 'k3f:42'],
    ['k3f:42', 'k3g:42'],
    ['k3f:42', 'k3f:24'],
  ])('tells %s from %s', (a, b) => {
    const [epochA = '', seqA] = a.split(':');
    const sum = formatCursor(epochA, Number(seqA)).split('.')[1];
    expect(() => parseCursor(`${b}.${sum}`)).toThrow(/invalid cursor "k3.*unchanged/);
  });
});
