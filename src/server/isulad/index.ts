/** Serves iSulad's gRPC API on its own Unix socket. */
import { createServer, type ServerHttp2Session } from 'node:http2';
import { createServer as createSocketServer } from 'node:net';
import { CLOSE_WITHIN, type Listening, type ServerContext } from '../context.ts';
import { listenOn } from '../unix-socket.ts';
import { Connection } from './connection.ts';
import { containerMethods } from './container-methods.ts';
import { eventsMethod, PROTOCOL } from './event-methods.ts';
import { answerCalls, type GrpcError } from './grpc.ts';
import { refusalOf } from './refused.ts';

export interface IsuladLimits {
  /** Most connections at a time; more are closed at once. Default 1,024. */
  readonly connections?: number | undefined;
  /** Most calls at a time on one connection; more wait, or are refused. Default 100. */
  readonly calls?: number | undefined;
  /** Largest headers of a request: in bytes. Default 16 KiB. */
  readonly headerBytes?: number | undefined;
  /** Largest message of a request: in bytes. Default 64 KiB. */
  readonly requestBytes?: number | undefined;
  /** Time for a client to send the HTTP/2 preface, or a request, in ms. Default 10,000. */
  readonly requestWithin?: number | undefined;
}

export interface IsuladOptions {
  /** The path of the socket. */
  readonly path: string;
  readonly limits?: IsuladLimits | undefined;
}

/** Listens. @throws ListenError if it cannot, as `listenOn` */
export async function listenIsulad(context: ServerContext, options: IsuladOptions): Promise<Listening> {
  const { path, limits = {} } = options;
  const { connections = 1024, calls = 100, headerBytes = 16 * 1024 } = limits;
  const { requestBytes = 64 * 1024, requestWithin = 10_000 } = limits;
  const { log, scheduler } = context;
  const open = new Set<Connection>();
  const sessions = new Set<ServerHttp2Session>();
  const http2 = createServer({
    settings: { maxConcurrentStreams: calls, maxHeaderListSize: headerBytes },
    maxHeaderListPairs: 64,
  });
  const closing = new AbortController();
  const methods = {
    '/containers.ContainerService/Events': eventsMethod(context, closing.signal),
    ...containerMethods(context, closing.signal),
  };
  const refuse = (path: string): GrpcError => refusalOf(path, Object.keys(methods));
  http2.on(
    'stream',
    answerCalls({ methods, refuse, maxRequest: requestBytes, requestWithin, scheduler, log }),
  );
  http2.on('sessionError', (error) => log.debug({ error: error.message }, 'a gRPC connection was cut off'));
  http2.on('session', (session) => {
    sessions.add(session);
    session.on('close', () => sessions.delete(session));
  });
  const server = createSocketServer((socket) => {
    if (!context.connections.take(socket)) {
      socket.destroy();
      return;
    }
    const onBegin = (connection: Connection): unknown => http2.emit('connection', connection);
    const connection = new Connection(socket, { beginWithin: requestWithin, scheduler, onBegin });
    open.add(connection);
    connection.on('close', () => open.delete(connection));
  });
  server.maxConnections = connections;
  await listenOn(server, path);

  return {
    endpoint: `unix://${path}`,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      const gone = [...sessions].map((session) => new Promise((resolve) => session.on('close', resolve)));
      closing.abort();
      context.subscriptions.end(PROTOCOL);
      for (const connection of open) if (!connection.begun) connection.destroy();
      for (const session of sessions) session.close();
      const deadline = scheduler.schedule(() => {
        for (const session of sessions) session.destroy();
      }, CLOSE_WITHIN);
      await Promise.all([closed, ...gone]);
      deadline.unsubscribe();
    },
  };
}
