/** Noticing that whoever read our output is gone, though we have nothing to write. */
import { spawn } from 'node:child_process';
import { fstatSync } from 'node:fs';

const STDOUT = 1;

/**
 * Calls back once nobody reads the pipe on stdout any more. Without this, `tidings events | head -1` would go on until the
 * next event, whose write then fails.
 *
 * Node cannot ask the system for that (poll(2) with no events), but GNU tail does: since coreutils 8.28, `tail -f`
 * dies of SIGPIPE when its output's reader is gone. `--pid` ends it with this process, however that ends. Where there is no
 * such tail nothing is noticed here, and the next write tells.
 *
 * @returns what ends the watch
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
