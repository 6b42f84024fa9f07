import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineSplitter } from '../../../src/client/line-splitter.ts';

describe('Lines', () => {
  it('puts lines together wherever the bytes are cut, inside a character too', () => {
    const texts = fc.array(fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\n', '')));
    fc.assert(
      fc.property(texts, fc.array(fc.nat(200)), (texts, cuts) => {
        const bytes = Buffer.from(texts.map((text) => `${text}\n`).join(''));
        const lines = new LineSplitter(10_000);
        const seen: string[] = [];
        let at = 0;
        for (const cut of [...cuts, bytes.length]) {
          seen.push(...lines.push(bytes.subarray(at, at + cut)));
          at += cut;
        }
        expect(seen).toEqual(texts.filter((text) => text !== ''));
      }),
    );
  });

  it('refuses a line that is too long before it is complete', () => {
    const lines = new LineSplitter(10);
    expect(lines.push(Buffer.from('0123456789\nabcdef'))).toEqual(['0123456789']);
    expect(() => lines.push(Buffer.from('ghijk'))).toThrow('a line of more than 10 bytes');
  });
});
