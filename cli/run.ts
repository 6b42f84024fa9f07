/** From arguments to an exit code. */
import { PlainCommand } from './arguments/plain-command.ts';
import { type CommandEntry, commands } from './commands/index.ts';
import { EXIT, Failure } from './exit.ts';
import { type Io, say } from './io.ts';

/** Runs one command; whatever goes wrong has been said on stderr when it resolves with the exit code. */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  let exitCode = EXIT.done;
  const exit = (code: number): void => void (exitCode = code);
  try {
    const wanted = chosen(argv);
    // Only the command that is asked for is loaded: its options are known to it alone.
    const module = await wanted?.load();
    const plain = new PlainCommand();
    if (wanted !== undefined) module?.define(plain.command(wanted.name), io, exit);
    const action = plain.understand(argv);
    if (action !== undefined) {
      await action();
      return exitCode;
    }
    const { runProgram } = await import('./arguments/program.ts');
    const answered = await runProgram(argv, io, commands, (command, entry) => {
      if (entry === wanted) module?.define(command, io, exit);
    });
    return answered ?? exitCode;
  } catch (error) {
    return failed(error, io);
  }
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
  say(io, `unexpected: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  return EXIT.broken;
}
