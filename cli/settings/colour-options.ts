/** The options of coloured output. */
import type { Command } from 'commander';
import { THEMES } from '../render/theme-choice.ts';

/** Adds `--color` and `--theme`, with their lines in the help. */
export function addColourOptions(
  command: Command,
  color = 'colour',
  theme = 'colours for a dark or a light terminal',
): Command {
  return command
    .addOption(
      command.createOption('--color <when>', color).choices(['auto', 'always', 'never']).default('auto'),
    )
    .addOption(command.createOption('--theme <theme>', theme).choices(THEMES).default('auto'));
}
