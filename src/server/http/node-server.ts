/** Creates Node's HTTP server, with limits. */
import { createServer, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:https';
import { onClientError } from './client-error.ts';
import type { Handler } from './core.ts';
import { type HttpLimits, settleLimits } from './http-limits.ts';

/** A certificate with its key, both PEM. */
export interface Credentials {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/**
 * Makes a server that does not listen yet.
 *
 * @throws Error if the certificate or the key is invalid
 */
export function createNodeServer(
  handler: Handler,
  limits: HttpLimits | undefined,
  credentials?: Credentials,
): Server {
  const { headerBytes, headersWithin } = settleLimits(limits);
  const options = {
    maxHeaderSize: headerBytes,
    headersTimeout: headersWithin,
    requestTimeout: headersWithin * 2,
    connectionsCheckingInterval: Math.max(headersWithin / 4, 20),
    // Detects a TCP client that vanished while nothing is sent.
    keepAlive: true,
    keepAliveInitialDelay: 15_000,
    noDelay: true,
  };
  const server =
    credentials === undefined
      ? createServer(options, handler)
      : createTlsServer({ ...options, ...credentials, handshakeTimeout: headersWithin }, handler);
  server.on('clientError', onClientError);
  // Node would pass failed handshakes to `clientError` too, where an answer would wait for the
  // handshake for ever.
  server.removeAllListeners('tlsClientError').on('tlsClientError', (_, socket: Socket) => socket.destroy());
  return server;
}
