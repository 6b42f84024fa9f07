/** gRPC calls over Node's own HTTP/2: for cases that a generated client cannot produce. */
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  type IncomingHttpHeaders,
} from 'node:http2';
import { connect as connectSocket } from 'node:net';
import { once } from 'node:events';

const EVENTS = '/containers.ContainerService/Events';

export interface Answer {
  readonly status: number | undefined;
  readonly grpcStatus: string | undefined;
  readonly message: string | undefined;
  readonly body: Buffer;
  /** The code of the stream's close: 0 without an error. */
  readonly rstCode: number;
}

/** A request's message as it goes over the wire. */
export function message(bytes: readonly number[] | Buffer, compressed = 0): Buffer {
  const head = Buffer.from([compressed, 0, 0, 0, 0]);
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, Buffer.from(bytes)]);
}

/** `storeOnly: true`: all that is held, then the end. */
export const storeOnly: Buffer = message([0x18, 1]);

/** One connection; closed with `destroy()`. */
export function session(socket: string): ClientHttp2Session {
  const client = connect('http://localhost', { createConnection: () => connectSocket(socket) });
  client.on('error', () => undefined);
  return client;
}

/** Begins a call; its request is written by the caller. */
export function begin(
  client: ClientHttp2Session,
  headers: Readonly<Record<string, string>> = {},
): ClientHttp2Stream {
  const stream = client.request({
    ':method': 'POST',
    ':path': EVENTS,
    'content-type': 'application/grpc',
    te: 'trailers',
    ...headers,
  });
  stream.on('error', () => undefined);
  return stream;
}

/** Waits for the end of a call. */
export async function answerTo(stream: ClientHttp2Stream): Promise<Answer> {
  let head: IncomingHttpHeaders & { readonly ':status'?: number | undefined } = {};
  let tail: IncomingHttpHeaders = {};
  const body: Buffer[] = [];
  stream.on('response', (headers) => (head = headers));
  stream.on('trailers', (headers) => (tail = headers));
  stream.on('data', (data: Buffer) => body.push(data));
  // A server that has answered does not wait for the rest of the request, and neither do we.
  stream.on('end', () => stream.end());
  if (!stream.closed) await once(stream, 'close');
  const grpcMessage = tail['grpc-message'] ?? head['grpc-message'];
  return {
    status: head[':status'],
    grpcStatus: (tail['grpc-status'] ?? head['grpc-status']) as string | undefined,
    message: typeof grpcMessage === 'string' ? decodeURIComponent(grpcMessage) : undefined,
    body: Buffer.concat(body),
    rstCode: stream.rstCode,
  };
}

/** One call on a connection of its own: these bytes, then the end of the request. */
export async function call(
  socket: string,
  request: Buffer,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const client = session(socket);
  try {
    const stream = begin(client, headers);
    if (request.length > 0) stream.write(request);
    stream.end();
    return await answerTo(stream);
  } finally {
    client.destroy();
  }
}
