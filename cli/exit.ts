/** How the command can end. Numbers: sysexits(3), and 128 plus the number of a signal. */
import type { SignalName } from './io.ts';

export const EXIT: Readonly<Record<'done' | 'unmet' | 'usage' | 'unavailable' | 'broken', number>> = {
  /** The stream ended as asked. */
  done: 0,
  /** What was looked for was not so. */
  unmet: 1,
  /** An option or argument makes no sense. */
  usage: 64,
  /** There is no daemon (or engine), or it was lost. */
  unavailable: 69,
  /** A fault of ours. */
  broken: 70,
};

export const SIGNAL_EXIT: Readonly<Record<SignalName, number>> = { SIGINT: 130, SIGTERM: 143 };

/** Ends the command with a message and an exit code. */
export class Failure extends Error {
  readonly exitCode: number;

  constructor(exitCode: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** An option or argument that makes no sense: answered before anything connects. */
export function usage(message: string, cause?: unknown): Failure {
  return new Failure(EXIT.usage, message, { cause });
}

/** What an option's reader throws, with the option's name before it. */
export function readOption<T>(option: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) throw usage(`${option}: ${error.message}`, error);
    throw error;
  }
}
