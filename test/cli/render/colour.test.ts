import { describe, expect, it } from 'vitest';
import {
  actionColour,
  chalkOf,
  type ColourChoice,
  colourLevel,
  nameColour,
} from '../../../cli/render/colour.ts';
import { event } from '../../support/events.ts';

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

describe('nameColour', () => {
  it('is the same in every run', () => {
    expect(nameColour(chalkOf(2), 'web-1')('x')).toBe('\u001b[38;5;97mx\u001b[39m');
    expect(nameColour(chalkOf(1), 'web-1')('x')).toBe('\u001b[96mx\u001b[39m');
  });

  it('differs for most names that differ in a digit', () => {
    const colours = Array.from({ length: 100 }, (_, i) => nameColour(chalkOf(2), `web-${i}`)('x'));
    expect(new Set(colours).size).toBeGreaterThan(20);
  });
});

describe('actionColour', () => {
  const chalk = chalkOf(1);
  const colourOf = (action: string, exitCode?: string): string =>
    actionColour(chalk, event({ action, attributes: exitCode === undefined ? {} : { exitCode } }))('x');

  it('goes by gravity', () => {
    expect(colourOf('die', '137')).toBe(chalk.redBright('x'));
    expect(colourOf('oom')).toBe(chalk.redBright.bold('x'));
    expect(colourOf('die', '0')).toBe(chalk.cyan('x'));
    expect(colourOf('start')).toBe(chalk.green('x'));
    expect(colourOf('kill')).toBe(chalk.yellow('x'));
  });
});
