/** Errors of the monitor FIFO. */

/**
 * `obstructed`: another file is in the place of the FIFO or its directory. `forbidden`: no
 * permission. `unsupported`: this system cannot make a FIFO there. `no-reader`: no daemon reads it.
 * `full`: the daemon does not keep up with reading. `too-large`: the event cannot be written in one
 * piece.
 */
export type MonitorErrorCode =
  | 'obstructed'
  | 'forbidden'
  | 'unsupported'
  | 'no-reader'
  | 'full'
  | 'too-large';

/** A failure of the monitor FIFO; `code` states its kind. */
export class MonitorError extends Error {
  override readonly name = 'MonitorError';
  readonly code: MonitorErrorCode;

  constructor(code: MonitorErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Converts a system error to a `MonitorError`; throws other errors unchanged. */
export function refused(cause: unknown, what: string): MonitorError {
  const { code, message } = cause as NodeJS.ErrnoException;
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return new MonitorError('forbidden', `no permission to ${what} (${code})`, { cause });
  }
  if (code === 'ENOTDIR' || code === 'EEXIST') {
    return new MonitorError('obstructed', `cannot ${what}: a file that is not a directory is in the way`, {
      cause,
    });
  }
  return new MonitorError('unsupported', `cannot ${what}: ${message}`, { cause });
}
