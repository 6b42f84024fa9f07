import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quote } from '../../../src/encoders/json-text.ts';
import { nastyText } from '../../support/arbitraries.ts';

describe('quote', () => {
  it('is what JSON.parse makes the same text of', () => {
    fc.assert(
      fc.property(nastyText, (text) => {
        expect(JSON.parse(quote(text))).toBe(text);
      }),
    );
  });

  it('holds for every code unit', () => {
    // oxlint-disable-next-line no-control-regex
    const steering = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]/;
    const wrong = Array.from({ length: 0x10000 }, (_, unit) => String.fromCharCode(unit)).filter(
      (char) => JSON.parse(quote(char)) !== char || steering.test(quote(char)),
    );
    expect(wrong).toEqual([]);
  });

  it('writes ordinary text as JSON.stringify does', () => {
    for (const text of ['', 'web', 'grüße 🐳', 'a"b\\c', '\u0000\n', '\ud800'])
      expect(quote(text)).toBe(JSON.stringify(text));
  });
});
