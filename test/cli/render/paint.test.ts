import { describe, expect, it } from 'vitest';
import { bold, colour16, colour256 } from '../../../cli/render/paint.ts';

// Sequences of ECMA-48, as the table of `infocmp -1 xterm-256color` has them.
describe('paints', () => {
  it.each([
    ['bold', bold, '\u001b[1mx\u001b[22m'],
    ['red', colour16('red'), '\u001b[31mx\u001b[39m'],
    ['cyanBright', colour16('cyanBright'), '\u001b[96mx\u001b[39m'],
    ['gray', colour16('gray'), '\u001b[90mx\u001b[39m'],
    ['one of 256', colour256(102), '\u001b[38;5;102mx\u001b[39m'],
  ])('%s', (_, paint, text) => {
    expect(paint('x')).toBe(text);
    expect(paint('')).toBe('');
  });
});
