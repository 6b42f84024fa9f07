/** `tidings top`: the containers on the whole screen. */
import type { Command } from 'commander';
import { parseNamePattern } from '../../operators/name-pattern.ts';
import { EXIT, readOption, usage } from '../exit.ts';
import type { Io } from '../io.ts';
import type { ColourChoice } from '../render/colour.ts';
import type { ThemeChoice } from '../render/theme-choice.ts';
import { addColourOptions } from '../settings/colour-options.ts';
import { addPlaceOptions, type PlaceFlags, settle } from '../settings/place.ts';

interface Flags extends PlaceFlags {
  readonly color: ColourChoice;
  readonly theme: ThemeChoice;
}

const EXAMPLES = `
Examples:
  tidings top               every container of every engine
  tidings top 'shop-*'      only the matching ones

Each line has the state, the restarts, the events of the last minutes as bars, and the latest event. Containers that
need attention come first.
Keys: q ends it, / filters by a part of the name, the space bar pauses, up and down select, enter explains.`;

export function define(command: Command, io: Io, exit: (code: number) => void): void {
  addPlaceOptions(addColourOptions(command.argument('[name...]', 'only these names, ids or patterns')))
    .addHelpText('after', EXAMPLES)
    .action(async (names: readonly string[], flags: Flags) => exit(await top(names, flags, io)));
}

async function top(names: readonly string[], flags: Flags, io: Io): Promise<number> {
  for (const name of names) readOption('name', () => parseNamePattern(name));
  const stdin = io.keys?.();
  if (io.stdout.isTTY !== true || stdin?.isTTY !== true) {
    throw usage("top needs a terminal for its screen and its keys: 'tidings ps --watch' prints to a pipe");
  }
  const settings = await settle(flags, io);
  const { runTop } = await import('../top/index.ts');
  return (await runTop({ names, flags, settings, io, stdin })) ?? EXIT.done;
}
