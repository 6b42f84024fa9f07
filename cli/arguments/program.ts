/** The whole program as commander knows it: for help, for what is wrong, and for every way to write an option. */
import { Command, CommanderError } from 'commander';
import { version } from '../../src/index.ts';
import { EXIT } from '../exit.ts';
import type { Io } from '../io.ts';

/** A command as the list of commands shows it. */
interface NamedCommand {
  readonly name: string;
  readonly summary: string;
}

/**
 * Does what the words say. Resolves with an exit code where commander has answered by itself, with help or what is wrong.
 *
 * @param define adds to a command what it takes and does
 */
export async function runProgram<Entry extends NamedCommand>(
  words: readonly string[],
  io: Io,
  commands: readonly Entry[],
  define: (command: Command, entry: Entry) => void,
): Promise<number | undefined> {
  const program = createProgram(io);
  for (const entry of commands) {
    define(program.command(entry.name).summary(entry.summary).description(entry.summary), entry);
  }
  try {
    await program.parseAsync(words, { from: 'user' });
    return undefined;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  }
}

function createProgram(io: Io): Command {
  return new Command('tidings')
    .description('One live, replayable event stream for every container engine on this host.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'explain a command')
    .helpCommand('help [command]', 'explain a command')
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      getOutHelpWidth: () => (io.stdout.isTTY ? (io.stdout.columns ?? 80) : 80),
      getErrHelpWidth: () => 80,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
      outputError: (text, write) => write(text.replace(/^error: /, 'tidings: ')),
    })
    .addHelpText(
      'after',
      '\nExit codes: 0 ended as asked, 64 usage, 69 no daemon or it was lost, 130/143 by signal.',
    );
}
