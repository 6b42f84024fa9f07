/**
 * Exit codes, and the errors that carry them. Codes: sysexits(3), and 128 plus the number of a
 * signal.
 */
import type { EndReason } from './io.ts';

type Exit = 'done' | 'unmet' | 'usage' | 'unavailable' | 'broken' | 'unwritable';

export const EXIT: Readonly<Record<Exit, number>> = {
  /** The command ended as requested. */
  done: 0,
  /** An expectation was not met. */
  unmet: 1,
  /** An option or argument is invalid. */
  usage: 64,
  /** No daemon (or engine) answers, or the connection was lost. */
  unavailable: 69,
  /** An internal error. */
  broken: 70,
  /** Standard output cannot be written: a full disk, a lost terminal. */
  unwritable: 74,
};

const ENDED_BY: Readonly<Record<EndReason, number>> = {
  SIGINT: 130,
  SIGTERM: 143,
  unread: EXIT.done,
  unwritable: EXIT.unwritable,
};

/** The exit code of a command that was ended. */
export function endedBy({ reason }: AbortSignal): number {
  return ENDED_BY[reason as EndReason] ?? EXIT.done;
}

/** Ends the command with a message and an exit code. */
export class Failure extends Error {
  readonly exitCode: number;

  constructor(exitCode: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** An invalid option or argument: reported before any connection. */
export function usage(message: string, cause?: unknown): Failure {
  return new Failure(EXIT.usage, message, { cause });
}

/**
 * Reads an option; turns a RangeError into a `Failure` with the option's name before its message.
 */
export function readOption<T>(option: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) throw usage(`${option}: ${error.message}`, error);
    throw error;
  }
}
