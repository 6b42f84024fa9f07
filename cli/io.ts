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
}

/** Says something to people: one line on stderr. Escapes in it are written out. */
export function say(io: Io, text: string): void {
  io.stderr.write(`tidings: ${safe(text)}\n`);
}
