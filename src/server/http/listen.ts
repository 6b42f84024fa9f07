/** Listens for HTTP on a Unix socket, and on TCP if requested. */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { SchedulerLike } from 'rxjs';
import { CLOSE_WITHIN, type Listening, type ServerContext } from '../context.ts';
import type { HttpProtocol } from '../protocol.ts';
import { listenOn } from '../unix-socket.ts';
import { HttpError } from './http-answer.ts';
import { createCore, type Guard, routesOf } from './core.ts';
import { type HttpLimits, settleLimits } from './http-limits.ts';
import { createNodeServer } from './node-server.ts';
import { Unauthorized } from './unauthorized.ts';
import { checkTcp, listenOnTcp, tcpGuard, type TcpOptions } from './tcp.ts';

export interface HttpOptions {
  /** The path of the socket: every user with write permission to it can send requests. */
  readonly path: string;
  /** Default: no TCP. */
  readonly tcp?: TcpOptions | undefined;
  readonly protocols: readonly HttpProtocol[];
  readonly limits?: HttpLimits | undefined;
}

/**
 * Listens.
 *
 * @throws ListenError if it cannot, as `listenOn`
 * @throws RangeError if the TCP options are invalid or unsafe
 */
export async function listenHttp(
  context: ServerContext,
  options: HttpOptions,
): Promise<readonly Listening[]> {
  const { path, tcp, protocols, limits } = options;
  const handlerFor = createCore(context, routesOf(context, protocols), settleLimits(limits).urlLength);
  const close = async (server: Server): Promise<void> => {
    for (const { name } of protocols) context.subscriptions.end(name);
    await closed(server, context.scheduler);
  };

  const onPath = createNodeServer(
    handlerFor(() => undefined),
    limits,
  );
  onPath.on('connection', (socket: Socket) => {
    if (!context.connections.take(socket)) socket.destroy();
  });
  await listenOn(onPath, path);
  const listening: Listening[] = [{ endpoint: `unix://${path}`, close: () => close(onPath) }];
  if (tcp === undefined) return listening;
  try {
    const address = checkTcp(tcp);
    const unauthorized = new Unauthorized({
      most: context.limits.of('unauthorized'),
      within: settleLimits(limits).headersWithin * 2,
      scheduler: context.scheduler,
      onRefused: () => context.limits.refused('unauthorized'),
    });
    const onTcp = createNodeServer(
      handlerFor(admitting(context, unauthorized, tcpGuard(tcp))),
      limits,
      tcp.tls,
    );
    onTcp.on('connection', (socket: Socket) => unauthorized.add(socket));
    const endpoint = await listenOnTcp(onTcp, address, tcp.tls !== undefined);
    return [...listening, { endpoint, close: () => close(onTcp) }];
  } catch (error) {
    await close(onPath);
    throw error;
  }
}

/**
 * Adds admission to a guard: a connection that passes gets a place among all. One that only asks
 * for public files stays unauthorized.
 */
function admitting({ connections }: ServerContext, unauthorized: Unauthorized, guard: Guard): Guard {
  return (request, isPublic) => {
    guard(request, isPublic);
    if (isPublic) return;
    const socket = unauthorized.pass(request.socket);
    if (socket === undefined || connections.take(socket)) return;
    throw new HttpError(503, 'too many connections: try again later', {
      connection: 'close',
      'retry-after': '5',
    });
  };
}

/**
 * Resolves once no connection is left. Clients that do not take pending data in time are cut off.
 */
async function closed(server: Server, scheduler: SchedulerLike): Promise<void> {
  const end = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const deadline = scheduler.schedule(() => server.closeAllConnections(), CLOSE_WITHIN);
  await end;
  deadline.unsubscribe();
}
