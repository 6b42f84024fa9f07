/** Failures of standard output: the same for every command. */
import type { EndReason, OutputStream } from '../io.ts';

const TEXTS: Readonly<Record<string, string>> = {
  ENOSPC: 'no space left on device',
  EDQUOT: 'disk quota exceeded',
  EFBIG: 'file too large',
  EIO: 'input/output error',
  EBADF: 'it is not open for writing',
};

/**
 * Calls back once, when standard output fails. A reader that has gone (`| head`) is not an error
 * and gives no message; any other failure gives one sentence on stderr.
 */
export function watchStdout(
  stdout: OutputStream,
  stderr: OutputStream,
  callback: (reason: EndReason) => void,
): void {
  let failed = false;
  // Never removed: each later write fails too.
  stdout.on('error', ({ code = '', message }: NodeJS.ErrnoException) => {
    if (failed) return;
    failed = true;
    if (code === 'EPIPE') return callback('unread');
    const text = TEXTS[code] === undefined ? message : `${TEXTS[code]} (${code})`;
    stderr.write(`tidings: cannot write to standard output: ${text}\n`);
    callback('unwritable');
  });
}
