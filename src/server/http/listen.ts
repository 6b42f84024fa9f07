/** The HTTP core at its places: a Unix socket, and TCP when that is asked for. */
import type { Server } from 'node:http';
import { CLOSE_WITHIN, type Listening, type ServerContext } from '../context.ts';
import type { HttpProtocol } from '../protocol.ts';
import { listenOn } from '../unix-socket.ts';
import { createCore, routesOf } from './core.ts';
import { type HttpLimits, settleLimits } from './limits.ts';
import { createNodeServer } from './node-server.ts';
import { checkTcp, listenOnTcp, tcpGuard, type TcpOptions } from './tcp.ts';

export interface HttpOptions {
  /** The path of the socket: whoever may write to it may ask. */
  readonly path: string;
  /** Default: not on TCP. */
  readonly tcp?: TcpOptions | undefined;
  readonly protocols: readonly HttpProtocol[];
  readonly limits?: HttpLimits | undefined;
}

/**
 * Listens.
 *
 * @throws ListenError when it cannot, as `listenOn`
 * @throws RangeError when what is asked of TCP makes no sense or is not safe
 */
export async function listenHttp(
  context: ServerContext,
  options: HttpOptions,
): Promise<readonly Listening[]> {
  const { path, tcp, protocols, limits } = options;
  const handlerFor = createCore(context, routesOf(context, protocols), settleLimits(limits).urlLength);
  const close = async (server: Server): Promise<void> => {
    for (const { name } of protocols) context.subscriptions.end(name);
    await closed(server);
  };

  const onPath = createNodeServer(
    handlerFor(() => undefined),
    limits,
  );
  await listenOn(onPath, path);
  const listening: Listening[] = [{ endpoint: `unix://${path}`, close: () => close(onPath) }];
  if (tcp === undefined) return listening;
  try {
    const address = checkTcp(tcp);
    const onTcp = createNodeServer(handlerFor(tcpGuard(tcp)), limits, tcp.tls);
    const endpoint = await listenOnTcp(onTcp, address, tcp.tls !== undefined);
    return [...listening, { endpoint, close: () => close(onTcp) }];
  } catch (error) {
    await close(onPath);
    throw error;
  }
}

/** Resolves once nobody is connected any more; who does not take what is due in time is cut off. */
async function closed(server: Server): Promise<void> {
  const end = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const deadline = setTimeout(() => server.closeAllConnections(), CLOSE_WITHIN);
  await end;
  clearTimeout(deadline);
}
