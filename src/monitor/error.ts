/** What can go wrong with the monitor FIFO. */

/**
 * `obstructed`: something else is where the FIFO or its directory should be. `forbidden`: no permission. `unsupported`:
 * it cannot be made here. `no-reader`: no daemon reads it. `full`: the daemon does not get round to reading it.
 * `too-large`: an event that cannot be written in one piece.
 */
export type MonitorErrorCode =
  | 'obstructed'
  | 'forbidden'
  | 'unsupported'
  | 'no-reader'
  | 'full'
  | 'too-large';

export class MonitorError extends Error {
  override readonly name = 'MonitorError';
  readonly code: MonitorErrorCode;

  constructor(code: MonitorErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** A refusal by the system as one of ours; other errors are thrown as they are. */
export function refused(cause: unknown, what: string): MonitorError {
  const { code, message } = cause as NodeJS.ErrnoException;
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return new MonitorError('forbidden', `no permission to ${what} (${code})`, { cause });
  }
  if (code === 'ENOTDIR' || code === 'EEXIST') {
    return new MonitorError('obstructed', `cannot ${what}: something that is no directory is in the way`, {
      cause,
    });
  }
  return new MonitorError('unsupported', `cannot ${what}: ${message}`, { cause });
}
