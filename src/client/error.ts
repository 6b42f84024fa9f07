/** Errors between a client and a daemon. */

/**
 * `absent`: nothing listens there. `forbidden`: no permission. `refused`: the daemon refused the
 * request. `lost`: the connection ended before the stream. `protocol`: the server is not a tidings
 * daemon.
 */
export type DaemonErrorCode = 'absent' | 'forbidden' | 'refused' | 'lost' | 'protocol';

/** A failed exchange with a daemon; `code` states its kind. */
export class DaemonError extends Error {
  override readonly name = 'DaemonError';
  readonly code: DaemonErrorCode;

  constructor(code: DaemonErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Converts a socket error to a `DaemonError`. */
export function connectionError(
  cause: NodeJS.ErrnoException,
  where: string,
  connected: boolean,
): DaemonError {
  const { code = '', message } = cause;
  if (code === 'EACCES' || code === 'EPERM') {
    return new DaemonError('forbidden', `no permission to connect to ${where}: ${message}`, { cause });
  }
  if (!connected && ABSENT.has(code)) {
    return new DaemonError('absent', `no daemon answers at ${where} (${code})`, { cause });
  }
  return new DaemonError('lost', `the connection to ${where} was lost: ${message}`, { cause });
}

const ABSENT = new Set([
  ...['ENOENT', 'ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT'],
  // The path leads to no socket.
  ...['ENOTDIR', 'ENOTSOCK', 'EPROTOTYPE'],
]);
