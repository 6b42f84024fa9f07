/** Runs the command as this process: signals, streams, exit code. */
import { EXIT } from './exit.ts';
import { type Io, processIo, type SignalName } from './io.ts';
import { run } from './run.ts';

const SIGNALS: readonly SignalName[] = ['SIGINT', 'SIGTERM'];

export async function main(): Promise<void> {
  const controller = new AbortController();
  const io = processIo(controller.signal);
  for (const signal of SIGNALS) {
    // Once: a second one ends the process at once, should ending in order take too long.
    process.once(signal, () => controller.abort(signal));
  }
  // A reader of notices that goes away is no reason to stop.
  process.stderr.on('error', () => undefined);
  const exitCode = await run(process.argv.slice(2), io);
  await flushed(io);
  process.exit(exitCode);
}

/** Resolves when everything written has gone out, or nobody takes it any more. */
async function flushed({ stdout }: Io): Promise<void> {
  if (stdout.destroyed || stdout.writableLength === 0) return;
  await new Promise<void>((resolve) => {
    stdout.once('error', () => resolve());
    stdout.write('', () => resolve());
    for (const signal of SIGNALS) process.once(signal, () => process.exit(EXIT.done));
  });
}
