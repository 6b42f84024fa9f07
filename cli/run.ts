/** From arguments to an exit code. */
import { Command, CommanderError } from 'commander';
import { version } from '../src/index.ts';
import { type CommandEntry, commands } from './commands/index.ts';
import { EXIT, Failure } from './exit.ts';
import { type Io, say } from './io.ts';

/** Runs one command; whatever goes wrong has been said on stderr when it resolves with the exit code. */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  let exitCode = EXIT.done;
  const program = createProgram(io);
  const wanted = chosen(argv);
  for (const entry of commands) {
    const command = program.command(entry.name).summary(entry.summary).description(entry.summary);
    // Only the command that is asked for is loaded: its options are known to it alone.
    if (entry === wanted) (await entry.load()).define(command, io, (code) => (exitCode = code));
  }
  try {
    await program.parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (error) {
    return failed(error, io);
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

/** The command that the arguments name, `help NAME` included. */
function chosen(argv: readonly string[]): CommandEntry | undefined {
  const words = argv.filter((word) => !word.startsWith('-'));
  const name = words[0] === 'help' ? words[1] : words[0];
  return commands.find((entry) => entry.name === name);
}

function failed(error: unknown, io: Io): number {
  if (error instanceof Failure) {
    say(io, error.message);
    return error.exitCode;
  }
  // Commander has said what is wrong.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  say(io, `unexpected: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  return EXIT.broken;
}
