/** `tidings config`: the settings, and the source of each. */
import type { Command } from 'commander';
import { EXIT } from '../exit.ts';
import type { Io } from '../io.ts';
import { safe } from '../safe.ts';
import { addPlaceOptions, type PlaceFlags, sourcesOf } from '../settings/place.ts';

const EXAMPLES = `
Examples:
  tidings config show                           the settings here, and the source of each
  tidings config show --state-dir /tmp/tidings  with that option

Precedence: option, environment, config file, default.`;

export function define(command: Command, io: Io, exit: (code: number) => void): void {
  command.addHelpText('after', EXAMPLES);
  const show = command.command('show').description('print the settings, and the source of each');
  addPlaceOptions(show)
    .option('--data-dir <dir>', 'directory of the journal (TIDINGS_DATA_DIR)')
    .action(async (flags: PlaceFlags) => {
      const rows = await sourcesOf(flags, io);
      const widths = [0, 1].map((column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
      for (const [name, value, source] of rows) {
        const cells = [name.padEnd(widths[0] ?? 0), safe(value).padEnd(widths[1] ?? 0), safe(source)];
        io.stdout.write(`${cells.join('  ')}\n`);
      }
      exit(EXIT.done);
    });
}
