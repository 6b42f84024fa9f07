/**
 * A loopback address in front of a daemon, for one browser: the page, and the daemon's native API
 * behind a session.
 */
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseEndpoint } from '../client/endpoint.ts';
import type { Log } from '../log.ts';
import { silent } from '../log.ts';
import { HttpError } from '../server/http/http-answer.ts';
import { createCore, type Guard } from '../server/http/core.ts';
import { settleLimits } from '../server/http/http-limits.ts';
import { createNodeServer } from '../server/http/node-server.ts';
import { listenOnTcp } from '../server/http/tcp.ts';
import { pageRoutes } from '../server/page/index.ts';
import type { PathHandler } from '../server/protocol.ts';
import { forwardTo } from './relay.ts';
import { Session } from './browser-session.ts';

/** Options of `openGateway`. */
export interface GatewayOptions {
  /** Address of the daemon: `unix:///path`, `http://…` or `https://…`. */
  readonly endpoint: string;
  /** Token for a daemon on TCP. Default: none. */
  readonly token?: string | undefined;
  /** Port on 127.0.0.1. Default 0: any free port. */
  readonly port?: number | undefined;
  /** Takes internal errors. Default: nothing. */
  readonly log?: Log | undefined;
}

export interface Gateway {
  /** The address to open: its fragment has the token, which works once. */
  readonly address: string;
  readonly port: number;
  close(): Promise<void>;
}

const HOST = '127.0.0.1';

/**
 * Listens on loopback.
 *
 * @throws RangeError if the endpoint is invalid
 * @throws ListenError if the port is taken
 */
export async function openGateway(options: GatewayOptions): Promise<Gateway> {
  const { token, port: wanted = 0, log = silent } = options;
  const session = new Session();
  let port = wanted;
  const routes: readonly PathHandler[] = [
    ...pageRoutes,
    {
      methods: ['POST'],
      path: '/session',
      isPublic: true,
      handle: ({ request, response }) => {
        const cookie = session.begin(request, port);
        response.writeHead(204, { 'set-cookie': cookie, 'cache-control': 'no-store' }).end();
      },
    },
    { methods: ['GET'], path: '/v1/*', handle: forwardTo(parseEndpoint(options.endpoint), token) },
  ];
  const guard: Guard = (request, isPublic) => {
    checkOrigin(request, port);
    if (!isPublic) session.check(request, port);
  };
  const server = createNodeServer(createCore({ log }, routes, settleLimits().urlLength)(guard), undefined);
  await listenOnTcp(server, { host: HOST, port: wanted }, false);
  ({ port } = server.address() as AddressInfo);
  return {
    address: `http://${HOST}:${port}/#token=${session.token}`,
    port,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

/**
 * Refuses requests that name another server (DNS rebinding), and those from pages of other origins:
 * another port is another origin.
 */
function checkOrigin({ headers, rawHeaders, method, url = '' }: IncomingMessage, port: number): void {
  const { host, origin } = headers;
  const hosts = rawHeaders.filter((name, index) => index % 2 === 0 && /^host$/i.test(name));
  if (hosts.length !== 1 || (host !== `${HOST}:${port}` && host !== `localhost:${port}`)) {
    throw new HttpError(421, `this server is not ${JSON.stringify(host ?? '')}: it is ${HOST}:${port}`);
  }
  const site = headers['sec-fetch-site'];
  // A link on another site may open the page itself, which has no data without the session.
  const isFile = method === 'GET' && !url.startsWith('/v1/');
  const isForeign = origin !== undefined && origin !== `http://${host}`;
  const isCross = site !== undefined && site !== 'same-origin' && site !== 'none';
  if (isForeign || (isCross && !isFile)) {
    throw new HttpError(403, 'requests from pages of another origin are refused');
  }
}
