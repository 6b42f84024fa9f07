/**
 * Engines on other hosts: `tcp://host:port`, with TLS if Docker's variables or a Docker context ask
 * for it, and `ssh://host`.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { type ClientRequest, request as httpRequest, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import type { SecureContextOptions } from 'node:tls';
import type { Environment } from './engine.ts';
import { oneLine } from './one-line.ts';

/** Address of a host that is not reached by a Unix socket. */
export interface RemoteAddress {
  /** Canonical form, for people and as the endpoint of events. */
  readonly text: string;
  /** Begins a request. */
  readonly request: (options: OneRequest) => ClientRequest;
}

interface OneRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Docker's ports without and with TLS. */
const PORT = 2375;
const TLS_PORT = 2376;

const SUPPORTED = 'unix:///path/of/socket, tcp://host:port or ssh://[user@]host[:port]';

/** Tests whether an endpoint names another host. */
export function isRemote(endpoint: string): boolean {
  return /^(tcp|http|https|ssh):\/\//.test(endpoint);
}

/** Certificate files of a connection over TLS: paths in PEM. They are read at each request. */
export interface TlsFiles {
  /** Authorities that sign the server's certificate. Default: the system's. */
  readonly ca: string | undefined;
  /** The client's certificate and key. Default: none. */
  readonly cert: string | undefined;
  readonly key: string | undefined;
  /** False accepts any certificate of the server. */
  readonly verify: boolean;
}

/** Tests whether two endpoints name one TCP port. A missing port is that of TLS. */
export function sameHost(one: string, other: string): boolean {
  const place = tcpPlace(one);
  return place !== undefined && place === tcpPlace(other);
}

function tcpPlace(endpoint: string): string | undefined {
  if (!/^(tcp|https?):/.test(endpoint) || !URL.canParse(endpoint)) return undefined;
  const { hostname, port } = new URL(endpoint);
  return `${hostname}:${port || TLS_PORT}`;
}

/**
 * The address of a remote endpoint.
 *
 * @param program command on the other host that connects to its engine, over SSH
 * @param tls certificates for TCP. Default: as Docker's variables state
 * @throws RangeError if the endpoint is invalid
 */
export function remoteAddress(
  endpoint: string,
  program: readonly string[],
  environment: Environment = process.env,
  tls?: TlsFiles,
): RemoteAddress {
  const quoted = JSON.stringify(endpoint.slice(0, 200));
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url === undefined || url.hostname === '' || url.search !== '' || url.password !== '') {
    throw new RangeError(`invalid endpoint ${quoted}: right would be ${SUPPORTED}`);
  }
  // A leading dash would make it an option of ssh.
  if (url.hostname.startsWith('-') || url.username.startsWith('-')) {
    throw new RangeError(`invalid endpoint ${quoted}: a host cannot begin with a dash`);
  }
  return url.protocol === 'ssh:' ? sshAddress(url, program) : tcpAddress(url, tls ?? tlsOf(url, environment));
}

/** `DOCKER_TLS_VERIFY`, or the scheme `https`: three files in `DOCKER_CERT_PATH`. */
function tlsOf({ protocol }: URL, environment: Environment): TlsFiles | undefined {
  if (protocol !== 'https:' && (environment['DOCKER_TLS_VERIFY'] ?? '') === '') return undefined;
  const folder = environment['DOCKER_CERT_PATH'] ?? join(environment['HOME'] ?? '', '.docker');
  const [ca, cert, key] = ['ca.pem', 'cert.pem', 'key.pem'].map((name) => join(folder, name));
  return { ca, cert, key, verify: true };
}

function tcpAddress(url: URL, tls: TlsFiles | undefined): RemoteAddress {
  const port = url.port === '' ? (tls === undefined ? PORT : TLS_PORT) : Number(url.port);
  const hostname = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const host = `${url.hostname}:${port}`;
  const at = (options: OneRequest): RequestOptions => {
    // The server's certificate is checked against this header.
    const headers = { ...options.headers, host };
    return { ...options, headers, hostname, port, agent: false };
  };
  return {
    text: `tcp://${host}`,
    request: (options) =>
      tls === undefined ? httpRequest(at(options)) : httpsRequest({ ...at(options), ...secure(tls) }),
  };
}

function secure({ ca, cert, key, verify }: TlsFiles): SecureContextOptions & { rejectUnauthorized: boolean } {
  const files = Object.entries({ ca: readPem(ca), cert: readPem(cert), key: readPem(key) });
  return {
    ...Object.fromEntries(files.filter(([, content]) => content !== undefined)),
    rejectUnauthorized: verify,
  };
}

function readPem(path: string | undefined): Buffer | undefined {
  try {
    return path === undefined ? undefined : readFileSync(path);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    throw new Error(
      `the certificate file ${oneLine(path ?? '')} cannot be read (${code}): TLS needs ca.pem, cert.pem and key.pem in DOCKER_CERT_PATH, or those of the Docker context`,
      { cause: error },
    );
  }
}

/** `ssh` never prompts. It ends with its input: with the request, and with this process. */
function sshAddress({ hostname, port, username }: URL, program: readonly string[]): RemoteAddress {
  const host = username === '' ? hostname : `${decodeURIComponent(username)}@${hostname}`;
  const options = [
    '-o',
    'BatchMode=yes',
    '-o',
    'ConnectTimeout=10',
    '-T',
    ...(port === '' ? [] : ['-p', port]),
  ];
  const text = `ssh://${host}${port === '' ? '' : `:${port}`}`;
  return {
    text,
    request: (asked) =>
      httpRequest({
        ...asked,
        // Without an agent, which would make its own connections.
        createConnection: () => connectionOf(['ssh', ...options, '--', host, ...program]),
      }),
  };
}

/** A child's input and output as one connection. If it fails, its last line is the error. */
function connectionOf([command = '', ...args]: readonly string[]): Duplex {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-1000)));
  const connection = new Duplex({
    read: () => child.stdout.resume(),
    write: (chunk, _, done) => void child.stdin.write(chunk, done),
    final: (done) => void child.stdin.end(done),
    destroy: (error, done) => {
      child.kill();
      done(error);
    },
  });
  child.stdout.on('data', (chunk: Buffer) => {
    if (!connection.push(chunk)) child.stdout.pause();
  });
  child.stdin.on('error', () => undefined); // The exit states the reason.
  child.on('error', (error) =>
    connection.destroy(new Error(`${command} cannot be started: ${error.message}`)),
  );
  child.on('close', (code) => {
    if (code === 0) connection.push(null);
    else connection.destroy(new Error(`${command}: ${lastLine(said) ?? `it ended with exit code ${code}`}`));
  });
  return connection;
}

/** The last line, safe to print. */
function lastLine(text: string): string | undefined {
  return oneLine(text.trim().split('\n').at(-1) ?? '') || undefined;
}
