/**
 * Engines on other hosts: `tcp://host:port`, with TLS if Docker's variables ask for it, and
 * `ssh://host`.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { type ClientRequest, request as httpRequest, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import type { Environment } from './engine.ts';

/** Address of a host that is not reached by a Unix socket. */
export interface RemoteAddress {
  /** Canonical form, for people and as the endpoint of events. */
  readonly text: string;
  /** Begins a request. */
  readonly request: (options: RequestOptions) => ClientRequest;
}

/** Docker's ports without and with TLS. */
const PORT = 2375;
const TLS_PORT = 2376;

const SUPPORTED = 'unix:///path/of/socket, tcp://host:port or ssh://[user@]host[:port]';

/** Tests whether an endpoint names another host. */
export function isRemote(endpoint: string): boolean {
  return /^(tcp|http|https|ssh):\/\//.test(endpoint);
}

/**
 * The address of a remote endpoint. Certificate files are read at each request.
 *
 * @param program command on the other host that connects to its engine, over SSH
 * @throws RangeError if the endpoint is invalid
 */
export function remoteAddress(
  endpoint: string,
  program: readonly string[],
  environment: Environment = process.env,
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
  return url.protocol === 'ssh:' ? sshAddress(url, program) : tcpAddress(url, environment);
}

function tcpAddress(url: URL, environment: Environment): RemoteAddress {
  const tls = url.protocol === 'https:' || (environment['DOCKER_TLS_VERIFY'] ?? '') !== '';
  const port = url.port === '' ? (tls ? TLS_PORT : PORT) : Number(url.port);
  const hostname = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const text = `tcp://${url.hostname}:${port}`;
  if (!tls) return { text, request: (options) => httpRequest({ ...options, hostname, port, agent: false }) };
  const home = environment['HOME'] ?? '';
  const folder = environment['DOCKER_CERT_PATH'] ?? join(home, '.docker');
  const read = (name: string): Buffer => readFileSync(join(folder, name));
  return {
    text,
    request: (options) => {
      const certificates = { ca: read('ca.pem'), cert: read('cert.pem'), key: read('key.pem') };
      return httpsRequest({ ...options, ...certificates, hostname, port, agent: false });
    },
  };
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
  child.on('error', (error) => connection.destroy(error));
  child.on('close', (code) => {
    if (code === 0) connection.push(null);
    else connection.destroy(new Error(`${command}: ${lastLine(said) ?? `it ended with exit code ${code}`}`));
  });
  return connection;
}

/** The last line, without control characters. */
function lastLine(text: string): string | undefined {
  const line = text.trim().split('\n').at(-1) ?? '';
  return line.replaceAll(/\p{Cc}+/gu, ' ').trim() || undefined;
}
