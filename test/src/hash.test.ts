import { expect, it } from 'vitest';
import { fnv1a } from '../../src/hash.ts';

it('fnv1a gives the values of the published test vectors', () => {
  // http://www.isthe.com/chongo/src/fnv/test_fnv.c: "", "a", "foobar".
  expect(['', 'a', 'foobar'].map((text) => fnv1a(text) >>> 0)).toEqual([
    0x811c_9dc5, 0xe40c_292c, 0xbf9c_f968,
  ]);
  expect(fnv1a('bar', fnv1a('foo'))).toBe(fnv1a('foobar'));
});
