/** The HTTP core: passes requests to the routes of the protocols, and answers refusals. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import findMyWay, { type HTTPMethod } from 'find-my-way';
import type { ServerContext } from '../context.ts';
import type { HttpProtocol, PathHandler } from '../protocol.ts';
import { answer, HttpError, messageBody, refusalOf } from './http-answer.ts';

/**
 * Checks a request first.
 *
 * @param isPublic true if the request needs no token
 * @throws HttpError if the request is refused
 */
export type Guard = (request: IncomingMessage, isPublic: boolean) => void;

/** Answers the requests of one listening socket. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** Makes the handler of requests, shared by all listening sockets. */
export function createCore(
  { log }: Pick<ServerContext, 'log'>,
  routes: readonly PathHandler[],
  urlLength: number,
): (guard: Guard) => Handler {
  const route = router(routes);
  const publicPaths = new Set(routes.flatMap(({ path, isPublic = false }) => (isPublic ? [path] : [])));

  const handle = async (guard: Guard, request: IncomingMessage, response: ServerResponse): Promise<void> => {
    // No route reads a body: it is discarded.
    request.resume();
    try {
      const { url = '', method = '' } = request;
      guard(request, publicPaths.has(pathOf(url)));
      if (url.length > urlLength) {
        throw new HttpError(414, `URL too long: ${url.length} characters, at most ${urlLength} are taken`);
      }
      await route(method, url, request, response);
    } catch (error) {
      refuse(error, response);
    }
  };

  const refuse = (error: unknown, response: ServerResponse): void => {
    const refusal = refusalOf(error);
    if (refusal === undefined) log.error({ err: error }, 'a request failed');
    if (response.headersSent) return void response.destroy();
    const { status, message, headers } = refusal ?? new HttpError(500, 'internal error: see the log');
    answer(response, status, messageBody(message), headers);
  };

  return (guard) => (request, response) => {
    // An earlier request on this connection is answered by a stream, which ends the connection:
    // this one gets no answer.
    if (streaming.has(request.socket)) request.socket.destroy();
    else if (response.socket !== null) void handle(guard, request, response);
    // A pipelined request waits for the answer before it.
    else response.once('socket', () => void handle(guard, request, response));
  };
}

/** Collects the routes of the protocols. */
export function routesOf(context: ServerContext, protocols: readonly HttpProtocol[]): readonly PathHandler[] {
  return protocols.flatMap((protocol) => protocol.routes(context));
}

type Find = (method: string, url: string, request: IncomingMessage, response: ServerResponse) => unknown;

function router(routes: readonly PathHandler[]): Find {
  const table = findMyWay({ ignoreTrailingSlash: true, maxParamLength: 256 });
  for (const route of routes)
    table.on([...route.methods] as HTTPMethod[], route.path, () => undefined, route);
  return (method, url, request, response) => {
    const path = pathOf(url);
    const found = table.find(method as HTTPMethod, path);
    if (found === null) throw new HttpError(404, notServed(method, path));
    const query = new URLSearchParams(url.slice(path.length + 1));
    return (found.store as PathHandler).handle({ request, response, path, query, params: found.params });
  };
}

function pathOf(url: string): string {
  const end = url.indexOf('?');
  return end < 0 ? url : url.slice(0, end);
}

/** The answer to paths that only Docker, Podman or a browser has. */
function notServed(method: string, path: string): string {
  return (
    `${method} ${path.slice(0, 200)} is not served: tidings serves the events of containers, at /v1/events, ` +
    "Docker's /events and Podman's /libpod/events; containers at /v1/containers ('tidings ps'); " +
    'the page at /; /healthz and /metrics'
  );
}

const streaming = new WeakSet<object>();

/** Marks a response's connection as taken by a stream, which ends only with it. */
export function markStreaming({ socket }: IncomingMessage): void {
  streaming.add(socket);
}
