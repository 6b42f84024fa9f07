/** What a command has to do with the world: passed in, so that tests need not spy on anything. */
import type { Writable } from 'node:stream';

/** A stream that may be a terminal. */
export interface OutputStream extends Writable {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

export type SignalName = 'SIGINT' | 'SIGTERM';

export interface Io {
  /** Data, and nothing else. */
  readonly stdout: OutputStream;
  /** Notices and errors. */
  readonly stderr: OutputStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The user's id: 0 is root. */
  readonly uid: number;
  /** Nanoseconds since the Unix epoch. */
  readonly now: () => bigint;
  /** Aborted when a signal asks to end; its reason is the {@link SignalName}. */
  readonly signal: AbortSignal;
  /** Calls back once nobody reads stdout any more, where that can be known; the result ends the watch. */
  readonly whenReaderGone: (callback: () => void) => () => void;
  /** Calls back whenever SIGHUP asks to read settings anew; the result ends that. */
  readonly onHangup: (callback: () => void) => () => void;
}

/** Says something to people: one line on stderr. */
export function say(io: Io, text: string): void {
  io.stderr.write(`tidings: ${text}\n`);
}
