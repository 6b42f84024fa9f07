/** An HTTP core on a Unix socket, with its clean end. */
import type { Server } from 'node:http';
import { CLOSE_WITHIN, type Listening, type ServerContext } from '../context.ts';
import type { HttpProtocol } from '../protocol.ts';
import { listenOn } from '../unix-socket.ts';
import { createCore, type HttpLimits } from './core.ts';

export interface HttpOptions {
  /** The path of the socket. */
  readonly path: string;
  readonly protocols: readonly HttpProtocol[];
  readonly limits?: HttpLimits | undefined;
}

/** Listens. @throws ListenError when it cannot, as `listenOn` */
export async function listenHttp(context: ServerContext, options: HttpOptions): Promise<Listening> {
  const { path, protocols, limits } = options;
  const server = createCore(context, protocols, limits);
  await listenOn(server, path);
  return {
    endpoint: `unix://${path}`,
    close: async () => {
      for (const { name } of protocols) context.subscriptions.end(name);
      await closed(server);
    },
  };
}

/** Resolves once nobody is connected any more; who does not take what is due in time is cut off. */
async function closed(server: Server): Promise<void> {
  const end = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const deadline = setTimeout(() => server.closeAllConnections(), CLOSE_WITHIN);
  await end;
  clearTimeout(deadline);
}
