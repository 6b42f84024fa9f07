import { describe, expect, it } from 'vitest';
import { type ColourChoice, colourLevel } from '../../../cli/render/colour.ts';

const tty = { isTTY: true };
const pipe = {};

describe('colourLevel', () => {
  it.each<[string, ColourChoice, Record<string, string>, { isTTY?: boolean }, number]>([
    ['a terminal', 'auto', { TERM: 'xterm' }, tty, 1],
    ['a terminal of 256 colours', 'auto', { TERM: 'xterm-256color' }, tty, 2],
    ['a terminal of all colours', 'auto', { TERM: 'xterm-256color', COLORTERM: 'truecolor' }, tty, 3],
    ['a dumb terminal', 'auto', { TERM: 'dumb' }, tty, 0],
    ['a pipe', 'auto', { TERM: 'xterm' }, pipe, 0],
    ['NO_COLOR', 'auto', { TERM: 'xterm', NO_COLOR: '1' }, tty, 0],
    ['an empty NO_COLOR, which says nothing', 'auto', { TERM: 'xterm', NO_COLOR: '' }, tty, 1],
    ['FORCE_COLOR', 'auto', { FORCE_COLOR: '1' }, pipe, 1],
    ['FORCE_COLOR=3', 'auto', { FORCE_COLOR: '3' }, pipe, 3],
    ['FORCE_COLOR=0', 'auto', { TERM: 'xterm', FORCE_COLOR: '0' }, tty, 0],
    ['NO_COLOR against FORCE_COLOR', 'auto', { NO_COLOR: '1', FORCE_COLOR: '1' }, tty, 0],
    ['always against everything', 'always', { TERM: 'dumb', NO_COLOR: '1' }, pipe, 1],
    ['never against everything', 'never', { TERM: 'xterm', FORCE_COLOR: '3' }, tty, 0],
  ])('of %s', (_, choice, env, stream, level) => {
    expect(colourLevel(choice, env, stream)).toBe(level);
  });
});
