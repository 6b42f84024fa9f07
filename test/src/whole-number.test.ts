import { expect, it } from 'vitest';
import { isWhole, parseWhole } from '../../src/whole-number.ts';

it('isWhole accepts whole numbers of at least the bound', () => {
  expect([0, 7, 2 ** 53 - 1].every((value) => isWhole(value))).toBe(true);
  expect([-1, 0.5, 2 ** 53, NaN, Infinity, '7', 7n, null, undefined].some((value) => isWhole(value))).toBe(
    false,
  );
  expect([isWhole(1, 1), isWhole(0, 1)]).toEqual([true, false]);
});

it('parseWhole reads decimal digits alone', () => {
  expect(['0', '007', '9007199254740991'].map(parseWhole)).toEqual([0, 7, 2 ** 53 - 1]);
  for (const text of ['', '-1', '+1', '1.0', '1e3', ' 1', '0x1', '9007199254740992'])
    expect(parseWhole(text)).toBeUndefined();
});
