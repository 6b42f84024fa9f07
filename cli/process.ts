/** Runs the command as this process: signals, streams, exit code. */
import { once } from 'node:events';
import { nowNano } from '../src/index.ts';
import { EXIT, endedBy } from './exit.ts';
import type { EndReason, Io, KeyInput, SignalName } from './io.ts';
import { watchStdout } from './output/stdout-failure.ts';
import { run } from './run.ts';

const SIGNALS: readonly SignalName[] = ['SIGINT', 'SIGTERM'];

export async function main(): Promise<void> {
  const ending = new Ending();
  const io = processIo(ending);
  let unwritable = false;
  // The end of stderr's reader does not end the command.
  process.stderr.on('error', () => undefined);
  watchStdout(process.stdout, process.stderr, (reason) => {
    unwritable = reason === 'unwritable';
    ending.end(reason);
  });
  const exitCode = await run(process.argv.slice(2), io);
  // A command that was ended does not wait for a reader that may be stuck.
  const ended = await flushed(ending);
  if (exitCode !== EXIT.done) process.exit(exitCode);
  process.exit(unwritable ? EXIT.unwritable : ended ? EXIT.done : endedBy(io.signal));
}

/** Requests to end this process. */
class Ending {
  #controller: AbortController | undefined;
  #reason: EndReason | undefined;

  /**
   * Signals are caught from a command's first use of this on: before that they end the process
   * themselves.
   */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      // Once: a second signal ends the process at once, in case the shutdown takes too long.
      for (const name of SIGNALS) process.once(name, () => this.end(name));
      if (this.#reason !== undefined) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  /** The signal if a command has used it. */
  get asked(): AbortSignal | undefined {
    return this.#controller?.signal;
  }

  end(reason: EndReason): void {
    this.#reason ??= reason;
    if (this.#controller !== undefined) return this.#controller.abort(reason);
    // The command does not listen. One that has just written its last line still ends with its own
    // exit code.
    setImmediate(() => process.exit(endedBy(this.signal)));
  }
}

/** The process' own streams and clock. */
function processIo(ending: Ending): Io {
  const { stdout, stderr, env } = process;
  return {
    ...{
      stdout,
      stderr,
      env,
      now: nowNano,
      whenReaderGone,
      onHangup,
      onFault,
      onExit,
      keys,
      asides: new Set<never>(),
    },
    ...{ command: process.argv[1] ?? 'tidings', args: process.argv.slice(2), uid: process.getuid?.() ?? -1 },
    get signal(): AbortSignal {
      return ending.signal;
    },
  };
}

/**
 * Resolves when all output has gone out or has no reader any more; with `false` if the command must
 * end first.
 */
async function flushed({ asked }: Ending): Promise<boolean> {
  const { stdout } = process;
  // A failure of the last write is reported in its own turn.
  await new Promise((resolve) => setImmediate(resolve));
  if (stdout.destroyed || stdout.writableLength === 0) return true;
  if (asked?.aborted === true) return false;
  const written = new Promise<boolean>((resolve) => {
    stdout.once('error', () => resolve(true));
    stdout.write('', () => resolve(true));
  });
  if (asked === undefined) return await written;
  return await Promise.race([written, once(asked, 'abort').then(() => false)]);
}

/** Loads the module that starts processes on demand. */
function whenReaderGone(callback: () => void): () => void {
  let isWanted = true;
  let end = (): void => void (isWanted = false);
  const begin = async (): Promise<void> => {
    const module = await import('./output/reader-gone.ts');
    if (isWanted) end = module.whenReaderGone(callback);
  };
  void begin();
  return () => end();
}

function onHangup(callback: () => void): () => void {
  process.on('SIGHUP', callback);
  return () => process.off('SIGHUP', callback);
}

/** Opened on request: that takes time. */
function keys(): KeyInput {
  return process.stdin;
}

function onExit(callback: () => void): () => void {
  process.on('exit', callback);
  return () => process.off('exit', callback);
}

function onFault(callback: (error: unknown, origin: string) => void): () => void {
  process.on('uncaughtException', callback);
  return () => process.off('uncaughtException', callback);
}
