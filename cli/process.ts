/** Runs the command as this process: signals, streams, exit code. */
import { once } from 'node:events';
import { SIGNAL_EXIT } from './exit.ts';
import { nowNano } from '../src/index.ts';
import type { Io, SignalName } from './io.ts';
import { run } from './run.ts';

export async function main(): Promise<void> {
  const controller = new AbortController();
  const io = processIo(controller.signal);
  for (const signal of Object.keys(SIGNAL_EXIT) as SignalName[]) {
    // Once: a second one ends the process at once, should ending in order take too long.
    process.once(signal, () => controller.abort(signal));
  }
  // A reader of notices that goes away is no reason to stop.
  process.stderr.on('error', () => undefined);
  const exitCode = await run(process.argv.slice(2), io);
  // Who was told to end does not wait for a reader that may be stuck.
  const ended = await flushed(io);
  process.exit(ended || exitCode !== 0 ? exitCode : SIGNAL_EXIT[io.signal.reason as SignalName]);
}

/** Resolves when everything written has gone out or nobody takes it any more; with `false` on a signal. */
async function flushed({ stdout, signal }: Io): Promise<boolean> {
  if (stdout.destroyed || stdout.writableLength === 0) return true;
  if (signal.aborted) return false;
  const written = new Promise<boolean>((resolve) => {
    stdout.once('error', () => resolve(true));
    stdout.write('', () => resolve(true));
  });
  return await Promise.race([written, once(signal, 'abort').then(() => false)]);
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
