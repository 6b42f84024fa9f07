/** What a command has to do with the world: passed in, so that tests need not spy on anything. */
import type { Writable } from 'node:stream';
import { nowNano } from '../src/index.ts';

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

/** The process' own. */
export function processIo(signal: AbortSignal): Io {
  const { stdout, stderr, env } = process;
  const uid = process.getuid?.() ?? -1;
  return { stdout, stderr, env, uid, now: nowNano, signal, whenReaderGone, onHangup };
}

/** Loads what it takes to start processes when it is needed. */
function whenReaderGone(callback: () => void): () => void {
  let isWanted = true;
  let end = (): void => void (isWanted = false);
  const begin = async (): Promise<void> => {
    const module = await import('./reader-gone.ts');
    if (isWanted) end = module.whenReaderGone(callback);
  };
  void begin();
  return () => end();
}

function onHangup(callback: () => void): () => void {
  process.on('SIGHUP', callback);
  return () => process.off('SIGHUP', callback);
}

/** Says something to people: one line on stderr. */
export function say(io: Io, text: string): void {
  io.stderr.write(`tidings: ${text}\n`);
}
