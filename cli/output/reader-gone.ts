/** Detects that the reader of our output has gone, even if there is nothing to write. */
import { spawn } from 'node:child_process';
import { fstatSync } from 'node:fs';

const STDOUT = 1;

/**
 * Calls back once the pipe on stdout has no reader. Without this, `tidings events | head -1` would
 * continue until the next event, whose write then fails.
 *
 * Node cannot ask the system for this (poll(2) without events), but GNU tail can: since coreutils
 * 8.28, `tail -f` dies of SIGPIPE when the reader of its output has gone. `--pid` ends it with this
 * process, however that ends. Without such a tail nothing is detected here, and the next write
 * fails instead.
 *
 * @returns a function that stops the watch
 */
export function whenReaderGone(callback: () => void): () => void {
  if (process.platform !== 'linux' || !fstatSync(STDOUT).isFIFO()) return () => undefined;
  const watch = spawn('tail', ['-f', `--pid=${process.pid}`, '/dev/null'], {
    stdio: ['ignore', STDOUT, 'ignore'],
  });
  watch.unref();
  watch.on('error', () => undefined);
  watch.on('exit', (_, signal) => {
    if (signal === 'SIGPIPE') callback();
  });
  return () => {
    watch.removeAllListeners('exit');
    watch.kill('SIGKILL');
  };
}
