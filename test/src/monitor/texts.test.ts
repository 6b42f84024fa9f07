import fc from 'fast-check';
import { expect, it } from 'vitest';
import { TEXT_BYTES, Texts } from '../../../src/monitor/texts.ts';

it('gives the text that is there now, and reads one again only when others took its two places', () => {
  const words = new Int32Array(2 * (TEXT_BYTES / 4));
  const bytes = Buffer.from(words.buffer);
  let reads = 0;
  const read = (at: number): string | undefined => {
    reads++;
    const text = bytes.toString('latin1', 4 * at, 4 * at + TEXT_BYTES).replace(/\0+$/, '');
    return text === 'none' ? undefined : text;
  };
  const long = fc
    .tuple(fc.constantFrom(0, 31, 63), fc.constantFrom('y', 'z'))
    .map(([i, other]) => `${'x'.repeat(i)}${other}${'x'.repeat(63 - i)}`);
  const text = fc.oneof(fc.constantFrom('none', 'a', 'b'), long);
  fc.assert(
    fc.property(fc.array(fc.tuple(text, fc.boolean()), { maxLength: 40 }), (all) => {
      // Two places in all: the two that were read last, or fewer where one was found in the second
      // place.
      const texts = new Texts(words, 2, read);
      const places: string[] = [];
      for (const [text, second] of all) {
        const at = second ? TEXT_BYTES / 4 : 0;
        bytes.fill(0).write(text, 4 * at, 'latin1');
        reads = 0;
        expect(texts.at(at)).toBe(text === 'none' ? undefined : text);
        expect(reads).toBe(places.includes(text) ? 0 : 1);
        if (reads === 1 && text !== 'none') places.splice(0, 2, text, ...places.slice(0, 1));
      }
    }),
  );
});
