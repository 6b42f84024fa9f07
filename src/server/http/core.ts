/** The HTTP core: takes requests within limits and hands them to the protocols' routes. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import findMyWay, { type HTTPMethod } from 'find-my-way';
import type { ServerContext } from '../context.ts';
import type { HttpProtocol, Route } from '../protocol.ts';
import { answer, HttpError, messageBody, refusalOf } from './answer.ts';
import { onClientError } from './client-error.ts';

export interface HttpLimits {
  /** Bytes of a request's line and headers. Default 32 KiB. */
  readonly headerBytes?: number | undefined;
  /** Characters of a URL, its query included. Default 16,384. */
  readonly urlLength?: number | undefined;
  /** How long a request's headers may take to arrive, in ms. Default 10,000. */
  readonly headersWithin?: number | undefined;
  /** Connections at a time; more are closed at once. Default 8,192. */
  readonly connections?: number | undefined;
}

/** A server that speaks the protocols; it does not listen yet. */
export function createCore(
  context: ServerContext,
  protocols: readonly HttpProtocol[],
  limits: HttpLimits = {},
): Server {
  const { headerBytes = 32 * 1024, urlLength = 16_384, headersWithin = 10_000, connections = 8192 } = limits;
  const route = router(protocols.flatMap((protocol) => protocol.routes(context)));
  const server = createServer(
    {
      maxHeaderSize: headerBytes,
      headersTimeout: headersWithin,
      requestTimeout: headersWithin * 2,
      connectionsCheckingInterval: Math.max(headersWithin / 4, 20),
      // A TCP client that vanished is noticed though nothing is sent.
      keepAlive: true,
      keepAliveInitialDelay: 15_000,
      noDelay: true,
    },
    (request, response) => {
      void handle(request, response);
    },
  );
  server.maxConnections = connections;
  server.on('clientError', onClientError);
  return server;

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // Nobody here reads a body; one that comes is passed over.
    request.resume();
    try {
      if (isBehindAStream(request)) return void request.socket.destroy();
      const { url = '', method = '' } = request;
      if (url.length > urlLength) {
        throw new HttpError(414, `URL too long: ${url.length} characters, at most ${urlLength} are taken`);
      }
      await route(method, url, request, response);
    } catch (error) {
      refuse(error, response);
    }
  }

  function refuse(error: unknown, response: ServerResponse): void {
    const refusal = refusalOf(error);
    if (refusal === undefined) context.log.error({ err: error }, 'a request failed');
    if (response.headersSent) return void response.destroy();
    const { status, message, headers } = refusal ?? new HttpError(500, 'internal error: see the log');
    answer(response, status, messageBody(message), headers);
  }
}

type Handler = (method: string, url: string, request: IncomingMessage, response: ServerResponse) => unknown;

function router(routes: readonly Route[]): Handler {
  const table = findMyWay({ ignoreTrailingSlash: true, maxParamLength: 256 });
  for (const route of routes)
    table.on([...route.methods] as HTTPMethod[], route.path, () => undefined, route);
  return (method, url, request, response) => {
    const [path = '', ...rest] = url.split('?');
    const found = table.find(method as HTTPMethod, path);
    if (found === null) throw new HttpError(404, 'page not found');
    const query = new URLSearchParams(rest.join('?'));
    return (found.store as Route).handle({ request, response, path, query, params: found.params });
  };
}

const streaming = new WeakSet<object>();

/** Marks a response's connection as taken by a stream, which ends only with it. */
export function markStreaming({ socket }: IncomingMessage): void {
  streaming.add(socket);
}

/** Whether an earlier request of this connection is answered by a stream: this one would never have its turn. */
function isBehindAStream({ socket }: IncomingMessage): boolean {
  return streaming.has(socket);
}
