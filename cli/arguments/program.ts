/** The program for commander: its name, its version, and its output. */
import { Command } from 'commander';
import { version } from '../../src/version.ts';
import type { Io } from '../io.ts';
import { safe } from '../safe.ts';

/**
 * A program without commands. It throws a `CommanderError` after help or an error message of
 * commander.
 */
export function createProgram(io: Io): Command {
  const program = new Command('tidings');
  program
    .command('version')
    .summary('print the version')
    .action(() => void io.stdout.write(`${version}\n`));
  return program
    .description('One live, replayable event stream for every container engine on this host.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'explain a command')
    .helpCommand('help [name...]', 'explain a command')
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      // The message quotes the arguments.
      writeErr: (text) => io.stderr.write(text.split('\n').map(safe).join('\n')),
      getOutHelpWidth: () => (io.stdout.isTTY ? (io.stdout.columns ?? 80) : 80),
      getErrHelpWidth: () => 80,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
      outputError: (text, write) => write(text.replace(/^error: /, 'tidings: ')),
    })
    .addHelpText(
      'after',
      '\nExit codes: 0 success, 64 usage, 69 no daemon or connection lost, 74 output cannot be written,\n130/143 ended by a signal.',
    );
}
