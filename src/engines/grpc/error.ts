/** Failed calls, in one form for refusals, lost connections, silence and unreadable answers. */
import { type ServiceError, status } from '@grpc/grpc-js';
import { oneLine } from '../one-line.ts';

/**
 * A call that failed. `code` is the system's if the socket cannot be reached (`ENOENT`,
 * `ECONNREFUSED`, `EACCES` …), otherwise gRPC's by name (`UNAVAILABLE`, `UNIMPLEMENTED`,
 * `DEADLINE_EXCEEDED` …). The message is one line that is safe to print.
 */
export class CallError extends Error {
  override readonly name = 'CallError';
  readonly code: string;
  /** The server's message, one line that is safe to print; empty without a message. */
  readonly details: string;

  constructor(
    code: string,
    message: string,
    { details = '', cause }: { details?: string; cause?: unknown } = {},
  ) {
    super(message, { cause });
    this.code = code;
    this.details = details;
  }
}

/** grpc-js quotes the system's error of a failed connection in its text, without a code. */
const SYSTEM = /\b(ENOENT|ECONNREFUSED|EACCES|EPERM|ENOTSOCK|ECONNRESET|EPIPE|EMFILE|EAGAIN)\b/;

/**
 * Messages of grpc-js if the server does not speak HTTP/2, or the connection ends before HTTP/2 has
 * begun.
 */
const NO_HTTP2 =
  /Protocol error|NGHTTP2_|Connection dropped|before secure|Parse Error|Received HTTP status code/i;

/** Converts any failure of a call to a {@link CallError}. */
export function callError(error: unknown): CallError {
  if (error instanceof CallError) return error;
  if (!isServiceError(error)) return new CallError('INTERNAL', oneLine(messageOf(error)), { cause: error });
  const { code } = error;
  const details = oneLine(error.details);
  const name = status[code] ?? 'UNKNOWN';
  if (code === status.UNAVAILABLE) {
    const system = SYSTEM.exec(error.details)?.[1];
    if (system !== undefined) return new CallError(system, details, { cause: error });
  }
  if (NO_HTTP2.test(details)) return new CallError(name, NO_GRPC, { cause: error });
  const said = details === '' ? '' : `: ${details}`;
  return new CallError(name, `it answers ${name}${said}`, { details, cause: error });
}

const NO_GRPC = 'the connection was lost, or it does not speak gRPC';

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'code' in error && 'details' in error && typeof error.code === 'number';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
