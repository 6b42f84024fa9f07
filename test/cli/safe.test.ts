import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { safe } from '../../cli/safe.ts';
import { nastyText } from '../support/arbitraries.ts';

describe('safe', () => {
  it.each([
    ['web-1', 'web-1'],
    ['grüße 🐳 日本', 'grüße 🐳 日本'],
    ['\u001b[31mred', String.raw`\x1b[31mred`],
    ['\u009b31m', String.raw`\x9b31m`],
    ['a\nb\tc\r', String.raw`a\nb\tc\r`],
    ['\u202eevil', String.raw`\u202eevil`],
    ['\ud800', String.raw`\ud800`],
    ['\u0007\u007f', String.raw`\x07\x7f`],
  ])('shows %j as %s', (text, shown) => {
    expect(safe(text)).toBe(shown);
  });

  it('lets nothing through that steers a terminal', () => {
    fc.assert(
      fc.property(nastyText, (text) => {
        // oxlint-disable-next-line no-control-regex
        const steering = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]|\p{Surrogate}/u;
        expect(safe(text)).not.toMatch(steering);
      }),
    );
  });
});
