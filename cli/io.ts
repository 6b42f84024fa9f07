/** The environment of a command, passed in so that tests can replace it. */
import type { Writable } from 'node:stream';
import { safe } from './safe.ts';

/** A stream that may be a terminal. */
export interface OutputStream extends Writable {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
}

/** Keys of a terminal, as text. */
export interface KeyInput {
  readonly isTTY?: boolean | undefined;
  /** Delivers each key at once, without echo. */
  setRawMode?(raw: boolean): unknown;
  setEncoding(encoding: 'utf8'): unknown;
  resume(): unknown;
  pause(): unknown;
  on(event: 'data', listener: (text: string) => void): unknown;
  off(event: 'data', listener: (text: string) => void): unknown;
}

export type SignalName = 'SIGINT' | 'SIGTERM';

/** Reason to end a command: a signal, a reader that has gone, or a failed output. */
export type EndReason = SignalName | 'unread' | 'unwritable';

export interface Io {
  /** Data only. */
  readonly stdout: OutputStream;
  /** Keys, for a command that takes the whole terminal. */
  readonly keys?: () => KeyInput;
  /** Notices and errors. */
  readonly stderr: OutputStream;
  /** The path of the program, as it was started. */
  readonly command: string;
  /** The arguments after the program. */
  readonly args: readonly string[];
  /** The lines that change in place on this terminal now. */
  readonly asides: Set<Aside>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The user's id: 0 is root. */
  readonly uid: number;
  /** Nanoseconds since the Unix epoch. */
  readonly now: () => bigint;
  /**
   * Aborted when the command should end; the reason is an {@link EndReason}. A signal ends a
   * command that never reads this property at once, like any program.
   */
  readonly signal: AbortSignal;
  /**
   * Calls back once the reader of stdout has gone, if the system can tell; the result stops the
   * watch.
   */
  readonly whenReaderGone: (callback: () => void) => () => void;
  /** Calls back when the process ends in order, or by a fault; the result ends that. */
  readonly onExit?: (callback: () => void) => () => void;
  /** Calls back on every SIGHUP, which requests a reload of settings; the result stops that. */
  readonly onHangup: (callback: () => void) => () => void;
  /**
   * Calls back on an uncaught error, with its origin, instead of ending the process; the result
   * stops that. Default: the error ends the process.
   */
  readonly onFault?: (callback: (error: unknown, origin: string) => void) => () => void;
}

/** Lines that change in place on the terminal: they make room for other output. */
export interface Aside {
  clear(): void;
  draw(): void;
}

/** Prints a message for people: one line on stderr. Escape characters in it are written out. */
export function say(io: Io, text: string): void {
  besides(io, `tidings: ${safe(text)}\n`);
}

/** Writes to stderr, above the lines that change in place if both are on one terminal. */
export function besides(io: Io, text: string): void {
  if (io.stderr.isTTY !== true) return void io.stderr.write(text);
  for (const aside of io.asides) aside.clear();
  io.stderr.write(text);
  for (const aside of io.asides) aside.draw();
}
