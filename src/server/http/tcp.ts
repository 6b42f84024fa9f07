/** Listens on TCP: only with TLS and a token, or on loopback with an explicit option. */
import { createHash, timingSafeEqual, X509Certificate } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import { type AddressInfo, BlockList, isIP } from 'node:net';
import { ListenError } from '../listen-error.ts';
import { HttpError } from './http-answer.ts';
import type { Guard } from './core.ts';
import type { Credentials } from './node-server.ts';

export interface TcpOptions {
  /**
   * `127.0.0.1:7777`, `[::1]:7777`, `0.0.0.0:7777`; `localhost` is 127.0.0.1. Port 0 means any free
   * port.
   */
  readonly address: string;
  /** A certificate with its key, both PEM. Default: no TLS. */
  readonly tls?: Credentials | undefined;
  /**
   * Token that clients must send as `Authorization: Bearer …`: at least 16 characters. Default: no
   * token.
   */
  readonly token?: string | undefined;
  /**
   * Allows a loopback address without TLS: every user of this machine can then read the events.
   * Default false.
   */
  readonly insecureLoopback?: boolean | undefined;
}

/** Host and port to listen on. */
interface Address {
  readonly host: string;
  readonly port: number;
}

/**
 * Parses the address, and checks that the options are safe.
 *
 * @throws RangeError if they are invalid or unsafe, with a valid alternative
 */
export function checkTcp({ address, tls, token, insecureLoopback = false }: TcpOptions): Address {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(address) ?? [];
  const host = (bracketed ?? plain ?? '').replace(/^localhost$/, '127.0.0.1');
  const port = Number(digits);
  if (isIP(host) !== (bracketed === undefined ? 4 : 6) || port > 65_535) {
    throw new RangeError(
      `invalid address ${JSON.stringify(address.slice(0, 80))}: right would be 127.0.0.1:7777, [::1]:7777 or localhost:7777`,
    );
  }
  if (token !== undefined && !/^[\w.~+/=-]{16,4096}$/.test(token)) {
    throw new RangeError('the token must be 16 characters or more of A-Z a-z 0-9 . _ ~ + / = -');
  }
  if (tls !== undefined && token !== undefined) return { host, port };
  if (!insecureLoopback) {
    throw new RangeError(
      `to listen on ${address}, give a certificate, its key and a token; or, on a loopback address, allow every user of this machine to read with insecure loopback`,
    );
  }
  if (!isLoopback(host)) {
    throw new RangeError(
      `${address} is not a loopback address: other machines reach it, so give a certificate, its key and a token`,
    );
  }
  return { host, port };
}

/**
 * Makes a server listen; returns its endpoint.
 *
 * @throws ListenError if the address cannot be used
 */
export async function listenOnTcp(server: Server, { host, port }: Address, secure: boolean): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    const failed = (cause: Error): void =>
      reject(new ListenError(`cannot listen on ${host}:${port}: ${cause.message}`, { cause }));
    server.once('error', failed);
    server.listen({ host, port }, () => {
      server.off('error', failed);
      resolve();
    });
  });
  const { port: actual } = server.address() as AddressInfo;
  return `${secure ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${actual}`;
}

/**
 * Makes the guard. Besides the token it checks the origin: a page that a browser loaded from
 * another site is refused, even if its host name resolves to this server (DNS rebinding) or it
 * knows this address.
 */
export function tcpGuard({ tls, token }: Pick<TcpOptions, 'tls' | 'token'>): Guard {
  const certificate = tls === undefined ? undefined : new X509Certificate(tls.cert);
  const expected = token === undefined ? undefined : digest(token);
  return (request, isPublic) => {
    const { host, origin } = request.headers;
    if (!isOurs(host, certificate)) {
      throw new HttpError(421, `this server is not ${JSON.stringify(host ?? '')}: use its address`, CLOSE);
    }
    if (request.rawHeaders.filter((name, i) => i % 2 === 0 && /^host$/i.test(name)).length > 1) {
      throw new HttpError(400, 'a request must have exactly one Host', CLOSE);
    }
    if (origin !== undefined && !isSameOrigin(origin, `${tls === undefined ? 'http' : 'https'}://${host}`)) {
      throw new HttpError(403, 'requests from pages of another origin are refused', CLOSE);
    }
    if (isPublic || expected === undefined) return;
    if (!timingSafeEqual(digest(tokenOf(request)), expected)) {
      throw new HttpError(401, 'send the token as "Authorization: Bearer …"', {
        'www-authenticate': 'Bearer',
        ...CLOSE,
      });
    }
  };
}

/** Refused clients lose their connection. */
const CLOSE = { connection: 'close' };

/** Tests for a name of this server: one of our own, or with TLS a name in the certificate. */
function isOurs(host: string | undefined, certificate: X509Certificate | undefined): boolean {
  const name = hostOf(host);
  if (name === undefined) return false;
  if (name === 'localhost' || isLoopback(name)) return true;
  if (certificate === undefined) return false;
  return isIP(name) !== 0 || certificate.checkHost(name) !== undefined;
}

/** The name in `name:port`, without brackets, in lower case. */
function hostOf(host: string | undefined): string | undefined {
  const [, bracketed, plain] = /^(?:\[([^\]]+)\]|([^:]+))(?::\d+)?$/.exec(host ?? '') ?? [];
  return (bracketed ?? plain)?.toLowerCase();
}

/**
 * Tests whether two origins have the same host and port; the scheme may differ, as a proxy may end
 * TLS.
 */
function isSameOrigin(origin: string, own: string): boolean {
  const [a, b] = [origin, own].map((text) => (URL.canParse(text) ? new URL(text) : undefined));
  return a !== undefined && b !== undefined && a.hostname === b.hostname && portOf(a) === portOf(b);
}

function portOf({ port, protocol }: URL): string {
  return port || (protocol === 'https:' ? '443' : '80');
}

/** The token in `Authorization: Bearer …`; empty without one. */
export function tokenOf({ headers: { authorization = '' } }: IncomingMessage): string {
  return /^Bearer +(\S+) *$/i.exec(authorization)?.[1] ?? '';
}

/** A digest has a fixed length, so a comparison does not reveal the token's length. */
export function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

function isLoopback(host: string): boolean {
  const version = isIP(host);
  return version !== 0 && loopback.check(host, version === 4 ? 'ipv4' : 'ipv6');
}
