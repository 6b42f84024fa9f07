/** Servers at an engine's socket that are not the engine: each gives every request the same bad answer. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer as createHttp2, type ServerHttp2Stream } from 'node:http2';
import { createServer as createHttp, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';

export interface BadServer extends AsyncDisposable {
  readonly endpoint: string;
  /** Resolves after so many more connections. */
  connections(n: number): Promise<void>;
}

/** A bad answer: to the connection, or to a request in HTTP/1 or HTTP/2. */
export type Answers =
  | { readonly raw: (socket: Socket) => void }
  | { readonly http: (request: IncomingMessage, response: ServerResponse) => void }
  | { readonly http2: (stream: ServerHttp2Stream) => void };

const HTML = '<!doctype html><html><title>Welcome\u001b[2J</title></html>';
const HALF = '{"Id":"3fa9';
const type = (value: string): Record<string, string> => ({ 'content-type': value });

/** A gRPC message without its last bytes: a length of 100 bytes, and 3 of them. */
const HALF_MESSAGE = Buffer.from([0, 0, 0, 0, 100, 10, 1, 65]);
const EMPTY_MESSAGE = Buffer.alloc(5);

/** Answers without an error in time: only the time limit ends them. */
export const SILENT: Readonly<Record<string, Answers>> = {
  'accepts and says nothing': { raw: () => undefined },
  'sends half an object and waits': {
    http: (_, response) => void response.writeHead(200, type('application/json')).write(HALF),
  },
  'sends half a gRPC message and waits': {
    http2: (stream) => {
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
      stream.write(HALF_MESSAGE);
    },
  },
  'speaks HTTP/2 and says nothing': { http2: () => undefined },
};

export const BAD: Readonly<Record<string, Answers>> = {
  'closes at once': { raw: (socket) => void socket.end() },
  'sends bytes of another protocol': {
    raw: (socket) => void socket.write('\u0000\u0001SSH-2.0-\u001b]0;\r\n\r\n'),
  },
  'answers HTML': { http: (_, response) => void response.writeHead(200, type('text/html')).end(HTML) },
  'answers a 301': {
    http: (_, response) => void response.writeHead(301, { location: 'http://localhost/' }).end(HTML),
  },
  'answers a 500': {
    http: (_, response) => void response.writeHead(500).end('{"message":"out of\\u001b order"}'),
  },
  'sends half an object and closes': {
    raw: (socket) => void socket.once('data', () => socket.end(`HTTP/1.1 200 OK\r\n\r\n${HALF}`)),
  },
  'sends half an object and cuts': {
    http: (_, response) => {
      response.writeHead(200, type('application/json')).write(HALF, () => response.destroy());
    },
  },
  'answers HTML in HTTP/2': {
    http2: (stream) => {
      stream.respond({ ':status': 200, 'content-type': 'text/html' });
      stream.end(HTML);
    },
  },
  'answers a 301 in HTTP/2': {
    http2: (stream) => stream.respond({ ':status': 301, location: '/' }, { endStream: true }),
  },
  'answers a 500 in HTTP/2': { http2: (stream) => stream.respond({ ':status': 500 }, { endStream: true }) },
  'sends half a gRPC message and ends': {
    http2: (stream) => {
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.end(HALF_MESSAGE);
    },
  },
  'answers empty gRPC messages': {
    http2: (stream) => {
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.end(EMPTY_MESSAGE);
    },
  },
};

/** Starts a bad server on a Unix socket of its own. */
export async function badServer(answers: Answers): Promise<BadServer> {
  const directory = mkdtempSync('/tmp/td-');
  const socket = join(directory, 's');
  let count = 0;
  const waiting = new Map<number, () => void>();
  const connections = new Set<Socket>();
  const server = serverOf(answers);
  server.on('connection', (connection: Socket) => {
    connections.add(connection.on('error', () => undefined));
    connection.on('close', () => connections.delete(connection));
    waiting.get(++count)?.();
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return {
    endpoint: `unix://${socket}`,
    connections: (n) => new Promise((resolve) => waiting.set(count + n, resolve)),
    [Symbol.asyncDispose]: async () => {
      for (const connection of connections) connection.destroy();
      await new Promise((resolve) => server.close(resolve));
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function serverOf(answers: Answers): Server {
  if ('raw' in answers) return createServer(answers.raw);
  if ('http' in answers) return createHttp(answers.http);
  const server = createHttp2();
  server.on('session', (session) => session.on('error', () => undefined));
  server.on('stream', (stream) => {
    stream.on('error', () => undefined);
    answers.http2(stream);
  });
  return server;
}
