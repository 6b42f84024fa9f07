import { describe, expect, it } from 'vitest';
import { parseSize } from '../../src/size.ts';

describe('parseSize', () => {
  it.each([
    ['1GiB', 2 ** 30],
    ['500M', 500 * 2 ** 20],
    ['1.5GB', 1.5e9],
    ['64 kib', 65_536],
    ['1048576', 1_048_576],
  ])('reads %s', (text, bytes) => expect(parseSize(text)).toBe(bytes));

  it.each(['', 'GiB', '-1', '1 QB', '1e9', '0x10', '1GiB extra'])('refuses %j', (text) => {
    expect(() => parseSize(text)).toThrow(/invalid size .*: known are 1GiB/);
  });
});
