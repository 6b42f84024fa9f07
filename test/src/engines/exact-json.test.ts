import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exactInteger } from '../../../src/engines/exact-json.ts';

const KEY = 'timeNano';

describe('exactInteger', () => {
  it('reads what JSON.parse rounds', () => {
    const text = '{"time":1795447595,"timeNano":1795447595506563031}';
    expect(exactInteger(text, KEY)).toBe(1795447595506563031n);
    expect(BigInt((JSON.parse(text) as { timeNano: number }).timeNano)).not.toBe(1795447595506563031n);
    expect(exactInteger(text, 'time')).toBe(1795447595n);
  });

  it('is not fooled by whatever the other properties hold', () => {
    const tricky = fc.constantFrom(
      'timeNano',
      '"timeNano":1',
      '\\"timeNano\\":1,',
      '{"timeNano":2}',
      '\\',
      '"',
    );
    const text = fc.oneof(tricky, fc.string());
    const { value: other } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        text,
        fc.double(),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(text, tie('value'), { maxKeys: 3 }),
      ),
    }));
    const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    const entries = fc.array(fc.tuple(text, other), { maxLength: 6 });
    const space = fc.constantFrom(undefined, 2, '\t');
    fc.assert(
      fc.property(entries, int64, entries, space, (before, expected, after, indent) => {
        const place = '<here>';
        const others = (list: typeof before): typeof before => list.filter(([key]) => key !== KEY);
        const object = Object.fromEntries([...others(before), [KEY, place], ...others(after)]);
        const written = JSON.stringify(object, null, indent).replace(`"${place}"`, () => String(expected));
        expect(exactInteger(written, KEY)).toBe(expected);
      }),
    );
  });

  it('takes the last of several, and a key that is written with escapes', () => {
    expect(exactInteger('{"timeNano":1,"timeNano":2}', KEY)).toBe(2n);
    expect(exactInteger(String.raw`{"\u0074imeNano" : 3}`, KEY)).toBe(3n);
  });

  it.each([
    '{}',
    '{"timeNano":"1"}',
    '{"timeNano":1.5}',
    '{"timeNano":1e9}',
    '{"timeNano":null}',
    '{"timeNano":9223372036854775808}',
    '{"a":"timeNano"}',
    '{"timeNano":12345678901234567890123}',
    '[{"timeNano":1}]',
    '"timeNano"',
  ])('finds none in %s', (text) => {
    expect(exactInteger(text, KEY)).toBeUndefined();
  });
});
