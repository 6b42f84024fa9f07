/** Whether there is colour, and which colour things have. */
import { Chalk, type ChalkInstance, type ColorSupportLevel } from 'chalk';
import type { IncomingEvent } from '../../src/index.ts';
import type { OutputStream } from '../io.ts';

export type ColourChoice = 'auto' | 'always' | 'never';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * How many colours: 0 none, 1 sixteen, 2 256, 3 all. `always` and `never` are the last word; then `NO_COLOR`
 * (no-color.org), then `FORCE_COLOR`, then whether there is a terminal that can.
 */
export function colourLevel(
  choice: ColourChoice,
  env: Environment,
  stream: Pick<OutputStream, 'isTTY'>,
): ColorSupportLevel {
  if (choice === 'never') return 0;
  const able = levelOf(env);
  if (choice === 'always') return Math.max(1, able) as ColorSupportLevel;
  if (env['NO_COLOR']) return 0;
  const force = env['FORCE_COLOR'];
  if (force === '0' || force === 'false') return 0;
  if (force === '2' || force === '3') return Number(force) as ColorSupportLevel;
  if (force !== undefined) return Math.max(1, able) as ColorSupportLevel;
  return stream.isTTY === true ? able : 0;
}

/** What the terminal can do, by its name. */
function levelOf({ TERM: term = '', COLORTERM: colours = '' }: Environment): ColorSupportLevel {
  if (term === 'dumb') return 0;
  if (colours === 'truecolor' || colours === '24bit') return 3;
  return term.includes('256color') ? 2 : 1;
}

export function chalkOf(level: ColorSupportLevel): ChalkInstance {
  return new Chalk({ level });
}

/** Of the 256 colours, those that can be read on black and on white, and are neither red nor grey. */
const NAMES_256 = [
  28, 29, 30, 31, 32, 33, 61, 62, 63, 64, 65, 67, 68, 69, 91, 92, 93, 97, 98, 99, 127, 128, 129, 133, 134,
  136, 137, 163, 165, 166, 172,
];
const NAMES_16 = [
  'green',
  'yellow',
  'blue',
  'magenta',
  'cyan',
  'greenBright',
  'blueBright',
  'magentaBright',
  'cyanBright',
] as const;

/** A name's colour: from a hash of the name alone, so that it is the same in every run. */
export function nameColour(chalk: ChalkInstance, name: string): ChalkInstance {
  const hash = hashOf(name);
  return chalk.level >= 2
    ? chalk.ansi256(NAMES_256[hash % NAMES_256.length] as number)
    : chalk[NAMES_16[hash % NAMES_16.length] as (typeof NAMES_16)[number]];
}

/** FNV-1a, with its high bits folded in: names that differ in a digit differ in colour. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash ^ (hash >>> 15)) >>> 0;
}

const GOOD = new Set(['start', 'restart', 'running', 'unpause', 'thawed', 'health_status: healthy']);
const NEUTRAL = new Set(['create', 'pull', 'load', 'import', 'tag', 'commit', 'build', 'connect', 'mount']);
const WARNING = new Set([
  'kill',
  'stop',
  'pause',
  'paused1',
  'stopping',
  'freezing',
  'frozen',
  'disconnect',
  'unmount',
  'rename',
]);
const GRAVE = new Set(['oom', 'aborting', 'health_status: unhealthy']);
const GONE = new Set(['destroy', 'remove', 'delete', 'untag', 'prune']);

/** An action's colour, by its gravity. */
export function actionColour(chalk: ChalkInstance, { action, attributes }: IncomingEvent): ChalkInstance {
  const { exitCode = '0' } = attributes;
  if (action === 'die' || action === 'exec_die') return exitCode === '0' ? chalk.cyan : chalk.redBright;
  if (GRAVE.has(action)) return chalk.redBright.bold;
  if (GOOD.has(action)) return chalk.green;
  if (WARNING.has(action)) return chalk.yellow;
  if (NEUTRAL.has(action)) return chalk.cyan;
  return GONE.has(action) ? chalk.magenta : chalk.reset;
}
