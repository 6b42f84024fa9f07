import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonObjects, type JsonPiece } from '../../../src/engines/json-objects.ts';

/** Cuts bytes at the given places and feeds them one chunk after another. */
function feed(bytes: Buffer, cuts: readonly number[], limit?: number): JsonPiece[] {
  const objects = new JsonObjects(limit);
  const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return at.flatMap((start, i) => objects.push(bytes.subarray(start, at[i + 1] ?? bytes.length)));
}

const between = fc.constantFrom('', '\n', '\r\n', ' \t\n', '\u001e');

describe('JSON objects out of chunks', () => {
  it('are found whatever they hold, wherever the chunks are cut, however they are separated', () => {
    const value = fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue());
    const stream = fc.array(fc.tuple(value, between), { maxLength: 8 });
    fc.assert(
      fc.property(stream, fc.array(fc.nat(), { maxLength: 20 }), (items, cuts) => {
        const texts = items.map(([object]) => JSON.stringify(object));
        const bytes = Buffer.from(items.map(([, gap], i) => texts[i]! + gap).join(''));
        expect(feed(bytes, cuts)).toEqual(texts.map((text) => ({ text })));
      }),
    );
  });

  it('have long texts with any escapes, or break off in one', () => {
    const run = fc.tuple(fc.nat(200), fc.constantFrom('', '"', '\\', '\\"', '\n', '}', '{', 'é'));
    const text = fc
      .array(run, { maxLength: 6 })
      .map((runs) => runs.map(([length, end]) => 'x'.repeat(length) + end).join(''));
    fc.assert(
      fc.property(fc.array(text, { maxLength: 4 }), fc.array(fc.nat(), { maxLength: 8 }), (texts, cuts) => {
        const objects = texts.map((each) => JSON.stringify({ [each]: each }));
        expect(feed(Buffer.from(objects.join('')), cuts)).toEqual(objects.map((each) => ({ text: each })));
      }),
    );
    const cut = `{"a":"${'x'.repeat(150)}`;
    expect(feed(Buffer.from(`${cut}\n{"b":2}`), [70, 80])).toEqual([
      { lost: 'an event that breaks off in the middle', head: expect.stringMatching(/^156 \{"a":"xx/) },
      { text: '{"b":2}' },
    ]);
  });

  it('may be cut inside a character', () => {
    const text = JSON.stringify({ name: 'wéb-🐳' });
    const objects = new JsonObjects();
    const pieces = [...Buffer.from(text)].flatMap((byte) => objects.push(Buffer.of(byte)));
    expect(pieces).toEqual([{ text }]);
  });

  it('that are too large are skipped to their end and told of', () => {
    const large = JSON.stringify({ large: '}'.repeat(200) });
    const bytes = Buffer.from(`{"a":1}${large}{"b":2}`);
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 20 }), (cuts) => {
        expect(feed(bytes, cuts, 100)).toEqual([
          { text: '{"a":1}' },
          {
            lost: 'an event of 212 bytes, more than the 100 that are read',
            head: expect.stringMatching(/^212 {"large/),
          },
          { text: '{"b":2}' },
        ]);
      }),
    );
  });

  it('that are exactly as large as allowed are read', () => {
    const text = JSON.stringify({ a: 'x'.repeat(300_000) });
    expect(feed(Buffer.from(text), [1, 100_000], text.length)).toEqual([{ text }]);
    expect(feed(Buffer.from(text), [1, 100_000], text.length - 1)).toEqual([
      expect.objectContaining({ lost: expect.stringContaining(`${text.length} bytes`) }),
    ]);
  });

  it('that break off do not take the next one with them', () => {
    const bytes = Buffer.from('{"a":"cut o\n{"b":2}\n');
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 8 }), (cuts) => {
        expect(feed(bytes, cuts)).toEqual([
          { lost: 'an event that breaks off in the middle', head: '11 {"a":"cut o' },
          { text: '{"b":2}' },
        ]);
      }),
    );
  });

  it.each(['<html>', '[{}]', 'null', '"{}"', '}'])('are not what %s begins with', (text) => {
    expect(() => new JsonObjects().push(Buffer.from(`{"a":1}${text}`))).toThrow(
      `expected JSON objects, got ${JSON.stringify(text)}`,
    );
  });
});
