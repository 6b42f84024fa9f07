/** The manual pages, from the same definitions as the help. The build writes them. */
import { Command } from 'commander';
import { manPage } from './arguments/man-page.ts';
import { createProgram } from './arguments/program.ts';
import { commands } from './commands/index.ts';
import type { Io } from './io.ts';

/** Nothing that a definition uses: only actions write or read. */
const NOWHERE = { stdout: {}, stderr: {}, env: {}, asides: new Set(), args: [], command: 'tidings' };

/** The pages by their file names: `tidings.1`, and one for each command. */
export async function manPages(): Promise<ReadonlyMap<string, string>> {
  const io = NOWHERE as unknown as Io;
  const program = createProgram(io);
  const pages = new Map<string, string>();
  const all = await Promise.all(
    commands.map(async ({ name, summary, load }) => {
      const command = new Command(name).description(summary).helpOption('-h, --help', 'explain a command');
      (await load()).define(command, io, () => undefined);
      return command;
    }),
  );
  for (const command of all) {
    const others = all.filter((each) => each !== command).map((each) => `tidings-${each.name()}`);
    pages.set(
      `tidings-${command.name()}.1`,
      manPage(command, `tidings ${command.name()}`, ['tidings', ...others]),
    );
    program.addCommand(command);
  }
  const each = all.map((command) => `tidings-${command.name()}`);
  return pages.set('tidings.1', manPage(program, 'tidings', each));
}
