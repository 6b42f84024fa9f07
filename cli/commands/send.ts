/** `tidings send`: sends an event to the daemon through its monitor FIFO. */
import type { Command } from 'commander';
import {
  CONTAINER_STATES,
  IMAGE_STATES,
  MonitorError,
  sendContainerEvent,
  sendImageEvent,
} from '../../src/index.ts';
import type { MonitorState, ImageState } from '../../src/internal.ts';
import { EXIT, Failure, usage } from '../exit.ts';
import type { Io } from '../io.ts';
import { settleDirectories } from '../settings/place.ts';
import { wholeNumber } from '../settings/number-option.ts';
import { repeatable } from '../arguments/repeatable.ts';

interface Flags {
  readonly stateDir?: string;
  readonly pid?: string;
  readonly exitCode?: string;
  readonly args?: string;
  readonly extra?: readonly string[];
}

const EXAMPLES = `
Examples:
  tidings send container web start --pid 9007 --extra image=busybox
  tidings send container web die --exit-code 137 --extra signal=9
  tidings send container web exec_start --args 'sh -c "echo hi"'
  tidings send image busybox:latest pull

States of containers: ${CONTAINER_STATES.slice(0, 15).join(' ')}
  ${CONTAINER_STATES.slice(15).join(' ')}
States of images: ${IMAGE_STATES.join(' ')}

Exit codes: 0 sent, 64 usage, 69 no daemon reads the FIFO, or it stays full.`;

const STATE_DIR = [
  '--state-dir <dir>',
  "the daemon's state directory, with its FIFO (TIDINGS_STATE_DIR)",
] as const;

export function define(command: Command, io: Io, exit: (code: number) => void): void {
  command
    .usage('container|image [options] <name> <state>')
    .option(...STATE_DIR)
    .addHelpText('after', EXAMPLES);
  command
    .command('container <name> <state>')
    .description('send an event of a container, by its id or name')
    .option('--pid <n>', 'process id')
    .option('--exit-code <n>', 'exit code')
    .option('--args <text>', 'arguments, such as the command of an exec')
    .option('--extra <key=value>', 'a further attribute: image, name, signal … (repeatable)', repeatable)
    .option(...STATE_DIR)
    .action(async (name: string, state: string, _: Flags, self: Command) => {
      const flags: Flags = self.optsWithGlobals();
      const values = {
        pid: readNumber('--pid', flags.pid),
        exitCode: readNumber('--exit-code', flags.exitCode),
        args: flags.args,
        extra: pairs(flags.extra ?? []),
      };
      const { stateDir: directory } = await settleDirectories(flags, io);
      // The sender checks the state.
      await send(() => sendContainerEvent({ directory, name, state: state as MonitorState, ...values }));
      exit(EXIT.done);
    });
  command
    .command('image <name> <state>')
    .description('send an event of an image')
    .option(...STATE_DIR)
    .action(async (name: string, state: string, _: Flags, self: Command) => {
      const { stateDir: directory } = await settleDirectories(self.optsWithGlobals<Flags>(), io);
      await send(() => sendImageEvent({ directory, name, state: state as ImageState }));
      exit(EXIT.done);
    });
}

async function send(sending: () => Promise<void>): Promise<void> {
  try {
    await sending();
  } catch (error) {
    if (error instanceof RangeError) throw usage(error.message, error);
    if (!(error instanceof MonitorError)) throw error;
    const exitCode = error.code === 'too-large' ? EXIT.usage : EXIT.unavailable;
    throw new Failure(exitCode, error.message, { cause: error });
  }
}

function readNumber(flag: string, text: string | undefined): number | undefined {
  const range = { largest: 2 ** 31 - 1, right: 'a whole number, 0 or more, such as 137' };
  return text === undefined ? undefined : wholeNumber(flag, text, range);
}

function pairs(texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const equals = text.indexOf('=');
      if (equals > 0) return [text.slice(0, equals), text.slice(equals + 1)];
      throw usage(`--extra: invalid attribute '${text.slice(0, 80)}': KEY=VALUE, such as image=busybox`);
    }),
  );
}
