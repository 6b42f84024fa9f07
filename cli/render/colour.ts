/** Chooses the count of colours. */
import type { OutputStream } from '../io.ts';

/** 0: none, 1: sixteen, 2: 256, 3: all. */
export type ColourLevel = 0 | 1 | 2 | 3;

export type ColourChoice = 'auto' | 'always' | 'never';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The level of colours. `always` and `never` decide; then `NO_COLOR` (no-color.org), then
 * `FORCE_COLOR`, then the terminal's abilities.
 */
export function colourLevel(
  choice: ColourChoice,
  env: Environment,
  stream: Pick<OutputStream, 'isTTY'>,
): ColourLevel {
  if (choice === 'never') return 0;
  const able = levelOf(env);
  if (choice === 'always') return Math.max(1, able) as ColourLevel;
  if (env['NO_COLOR']) return 0;
  const force = env['FORCE_COLOR'];
  if (force === '0' || force === 'false') return 0;
  if (force === '2' || force === '3') return Number(force) as ColourLevel;
  if (force !== undefined) return Math.max(1, able) as ColourLevel;
  return stream.isTTY === true ? able : 0;
}

/** The terminal's abilities, by its name. */
function levelOf({ TERM: term = '', COLORTERM: colours = '' }: Environment): ColourLevel {
  if (term === 'dumb') return 0;
  if (colours === 'truecolor' || colours === '24bit') return 3;
  return term.includes('256color') ? 2 : 1;
}
