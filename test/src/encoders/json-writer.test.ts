import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quote } from '../../../src/encoders/json-text.ts';
import { JsonWriter } from '../../../src/encoders/json-writer.ts';
import { nastyText } from '../../support/arbitraries.ts';

/** A piece, and what it must come to. */
const piece = fc.oneof(
  nastyText.map((text) => ({
    write: (out: JsonWriter) => out.text(text),
    expected: Buffer.from(text).toString(),
  })),
  nastyText.map((text) => ({ write: (out: JsonWriter) => out.quoted(text), expected: quote(text) })),
  fc
    .string({ unit: 'grapheme-ascii' })
    .map((text) => ({ write: (out: JsonWriter) => out.ascii(text), expected: text })),
  fc
    .maxSafeNat()
    .map((value) => ({ write: (out: JsonWriter) => out.decimal(value), expected: String(value) })),
  fc.tuple(fc.maxSafeNat(), fc.integer({ min: 1, max: 20 })).map(([value, count]) => ({
    write: (out: JsonWriter) => out.digits(value, count),
    expected: String(value).padStart(count, '0').slice(-count),
  })),
);

describe('JsonWriter', () => {
  it('writes one piece after the other, with room for all', () => {
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const out = new JsonWriter(0);
        for (const { write } of pieces) write(out);
        const expected = pieces.map((each) => each.expected).join('');
        expect(out.bytes.toString('utf8', 0, out.length)).toBe(expected);
      }),
    );
  });

  it('writes powers of ten with all their zeros', () => {
    const out = new JsonWriter(0);
    for (let i = 0; i < 16; i++) out.decimal(10 ** i);
    const expected = Array.from({ length: 16 }, (_, i) => `1${'0'.repeat(i)}`).join('');
    expect(out.bytes.toString('latin1', 0, out.length)).toBe(expected);
  });
});
