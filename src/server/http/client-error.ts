/** Answers data that is not a valid request, if the client can still read an answer. */
import type { Duplex } from 'node:stream';
import { messageBody } from './http-answer.ts';

interface Refusal {
  readonly status: string;
  readonly message: string;
}

/** Refusals by the code of Node's error. */
const REFUSALS: Readonly<Record<string, Refusal>> = {
  HPE_HEADER_OVERFLOW: {
    status: '431 Request Header Fields Too Large',
    message: 'request line and headers are too long',
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: '408 Request Timeout',
    message: 'the request did not arrive in time',
  },
  HPE_PAUSED_H2_UPGRADE: {
    status: '505 HTTP Version Not Supported',
    message: 'this socket speaks HTTP/1.1, not HTTP/2; gRPC has a socket of its own, isulad.sock',
  },
};

const BAD: Refusal = { status: '400 Bad Request', message: 'the data received is not an HTTP/1.1 request' };

/** Handler of a server's `clientError`: without an answer, the connection would stay open. */
export function onClientError(
  error: NodeJS.ErrnoException,
  socket: Duplex & { bytesWritten?: number },
): void {
  // The client is gone, or an answer was begun and must not be mixed with another.
  if (error.code === 'ECONNRESET' || !socket.writable || (socket.bytesWritten ?? 0) > 0) {
    socket.destroy();
    return;
  }
  const { status, message } = REFUSALS[error.code ?? ''] ?? BAD;
  const body = messageBody(message);
  socket.end(
    `HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-type: application/json\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    () => socket.destroy(),
  );
}
