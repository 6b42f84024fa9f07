/** The HTTP core: hands requests to the protocols' routes, and answers what is refused. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import findMyWay, { type HTTPMethod } from 'find-my-way';
import type { ServerContext } from '../context.ts';
import type { HttpProtocol, Route } from '../protocol.ts';
import { answer, HttpError, messageBody, refusalOf } from './answer.ts';

/** Looks at a request before anything else does. @throws HttpError when it may not pass */
export type Guard = (request: IncomingMessage) => void;

/** Answers requests that come in at one place. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** Makes what answers requests, once for all places at which they come in. */
export function createCore(
  { log }: Pick<ServerContext, 'log'>,
  routes: readonly Route[],
  urlLength: number,
): (guard: Guard) => Handler {
  const route = router(routes);

  const handle = async (guard: Guard, request: IncomingMessage, response: ServerResponse): Promise<void> => {
    // Nobody here reads a body; one that comes is passed over.
    request.resume();
    try {
      guard(request);
      const { url = '', method = '' } = request;
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
    // An earlier request of this connection is answered by a stream, after which it closes: this one has no turn.
    if (streaming.has(request.socket)) request.socket.destroy();
    else if (response.socket !== null) void handle(guard, request, response);
    // Sent together with another that is still being answered.
    else response.once('socket', () => void handle(guard, request, response));
  };
}

/** The routes of protocols. */
export function routesOf(context: ServerContext, protocols: readonly HttpProtocol[]): readonly Route[] {
  return protocols.flatMap((protocol) => protocol.routes(context));
}

type Find = (method: string, url: string, request: IncomingMessage, response: ServerResponse) => unknown;

function router(routes: readonly Route[]): Find {
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
