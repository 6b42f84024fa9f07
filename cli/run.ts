/** Runs a command line, up to its exit code. */
import { type Command, CommanderError } from 'commander';
import { createProgram } from './arguments/program.ts';
import { type CommandEntry, commands } from './commands/index.ts';
import { EXIT, Failure, usage } from './exit.ts';
import { type Io, say } from './io.ts';

/** Runs one command; resolves with the exit code after all errors have been printed to stderr. */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  let exitCode = EXIT.done;
  try {
    // Only the requested command is loaded; the program's help needs just the names and summaries
    // of the others.
    const words = argv.length === 0 && io.stdout.isTTY === true ? ['events'] : argv;
    const chosen = chosenBy(words);
    const module = await chosen?.load();
    const program = createProgram(io);
    for (const entry of commands) {
      const { name, summary } = entry;
      const command = program.command(name).summary(summary).description(summary);
      if (entry === chosen) module?.define(command, io, (code) => (exitCode = code));
    }
    if (words[0] === 'help') calledBy(program, words.slice(1)).help();
    await program.parseAsync(words, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    return failed(error, io);
  }
}

/** The command of `help NAME…`: commander itself takes one name only. */
function calledBy(program: Command, words: readonly string[]): Command {
  const names = words.filter((word) => !word.startsWith('-') && word !== 'help');
  return names.reduce((command, name) => {
    const below = command.commands.find((each) => each.name() === name);
    if (below !== undefined) return below;
    const lists = [program.name(), 'help', ...names.slice(0, names.indexOf(name))].join(' ');
    throw usage(`unknown command '${names.join(' ').slice(0, 80)}': '${lists}' lists the commands`);
  }, program);
}

/** The command that the arguments name, also in `help NAME`. */
function chosenBy(argv: readonly string[]): CommandEntry | undefined {
  const words = argv.filter((word) => !word.startsWith('-'));
  const name = words[0] === 'help' ? words[1] : words[0];
  return commands.find((entry) => entry.name === name);
}

function failed(error: unknown, io: Io): number {
  const isFailure = error instanceof Failure;
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  // Only our own texts have several lines: a stack, or the problems of a file of rules.
  for (const line of (isFailure ? error.message : `unexpected: ${text}`).split('\n')) say(io, line);
  return isFailure ? error.exitCode : EXIT.broken;
}
