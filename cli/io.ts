/** The world as a command sees it: passed in, so that tests need not spy on anything. */
import type { Writable } from 'node:stream';
import { safe } from './safe.ts';

/** A stream that may be a terminal. */
export interface OutputStream extends Writable {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

export type SignalName = 'SIGINT' | 'SIGTERM';

/** Why a command is to end: a signal, nobody reads its output any more, or its output cannot be written. */
export type EndReason = SignalName | 'unread' | 'unwritable';

export interface Io {
  /** Data, and nothing else. */
  readonly stdout: OutputStream;
  /** Notices and errors. */
  readonly stderr: OutputStream;
  /** The path of the program, as it was started. */
  readonly command: string;
  /** The words behind it. */
  readonly args: readonly string[];
  /** The lines that change in place on this terminal now. */
  readonly asides: Set<Aside>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The user's id: 0 is root. */
  readonly uid: number;
  /** Nanoseconds since the Unix epoch. */
  readonly now: () => bigint;
  /**
   * Aborted when the command is to end; its reason is an {@link EndReason}. A command that never asks for it is ended
   * at once by a signal, as any program is.
   */
  readonly signal: AbortSignal;
  /** Calls back once nobody reads stdout any more, where that can be known; the result ends the watch. */
  readonly whenReaderGone: (callback: () => void) => () => void;
  /** Calls back on every SIGHUP, which asks to read settings again; the result ends that. */
  readonly onHangup: (callback: () => void) => () => void;
  /**
   * Calls back on an error that nothing has caught, in place of ending the process, with where it came from; the result
   * ends that. Default: it ends the process.
   */
  readonly onFault?: (callback: (error: unknown, origin: string) => void) => () => void;
}

/** Lines that change in place on the terminal: they make room for what is written beside them. */
export interface Aside {
  clear(): void;
  draw(): void;
}

/** Says something to people: one line on stderr. Escapes in it are written out. */
export function say(io: Io, text: string): void {
  besides(io, `tidings: ${safe(text)}\n`);
}

/** Writes to stderr, above the lines that change in place where both are on one terminal. */
export function besides(io: Io, text: string): void {
  if (io.stderr.isTTY !== true) return void io.stderr.write(text);
  for (const aside of io.asides) aside.clear();
  io.stderr.write(text);
  for (const aside of io.asides) aside.draw();
}
