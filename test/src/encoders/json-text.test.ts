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

  it('writes ordinary text as JSON.stringify does', () => {
    for (const text of ['', 'web', 'grüße 🐳', 'a"b\\c', '\u0000\n', '\ud800'])
      expect(quote(text)).toBe(JSON.stringify(text));
  });

  it('has nothing in it that a terminal would obey', () => {
    fc.assert(
      fc.property(nastyText, (text) => {
        // oxlint-disable-next-line no-control-regex
        expect(quote(text)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
      }),
    );
  });
});
