/** Addresses of daemons. */
import { MAX_SOCKET_PATH } from '../unix-path.ts';

/** Parts of an address that `node:http` needs. */
export interface Endpoint {
  /** For people: `unix:///run/tidings/tidings.sock`, `https://host:7777`. */
  readonly text: string;
  readonly secure: boolean;
  readonly socketPath?: string | undefined;
  readonly hostname?: string | undefined;
  readonly port?: string | undefined;
}

/**
 * Parses `unix:///path/of/socket`, a bare absolute path, `http://host[:port]` or
 * `https://host[:port]`.
 *
 * @throws RangeError if it has none of these forms, or the socket's path is too long
 */
export function parseEndpoint(text: string): Endpoint {
  const path = text.startsWith('unix://') ? text.slice('unix://'.length) : text;
  if (path.startsWith('/')) {
    const bytes = Buffer.byteLength(path);
    if (bytes > MAX_SOCKET_PATH) {
      throw new RangeError(
        `socket path too long: ${JSON.stringify(path)} has ${bytes} bytes, a Unix socket's at most ${MAX_SOCKET_PATH}`,
      );
    }
    return { text: `unix://${path}`, secure: false, socketPath: path };
  }
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const plain = url !== undefined && url.pathname === '/' && url.search === '' && url.username === '';
  if (!plain || !['http:', 'https:'].includes(url.protocol)) {
    throw new RangeError(
      `invalid endpoint ${JSON.stringify(text.slice(0, 200))}: ` +
        'right would be unix:///path/of/tidings.sock, http://localhost:PORT or https://host:PORT',
    );
  }
  // Node expects an IPv6 address without its brackets.
  const hostname = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return { text: url.origin, secure: url.protocol === 'https:', hostname, port: url.port };
}
