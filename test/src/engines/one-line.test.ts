import { expect, it } from 'vitest';
import { oneLine } from '../../../src/engines/one-line.ts';

it('quotes foreign text as one line without control and formatting characters', () => {
  expect(oneLine(' a\r\nb\u001b[31mc\u0085d\u2028e\u202ef\u200bg ')).toBe('a b [31mc d e f g');
  expect(oneLine('x'.repeat(1000))).toHaveLength(200);
  expect(oneLine('\n\t\u0000')).toBe('');
});
