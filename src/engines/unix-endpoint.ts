/** Endpoints that are Unix sockets: `unix:///path`. */
import { statSync } from 'node:fs';
import { MAX_SOCKET_PATH } from '../unix-path.ts';

/**
 * The path of a Unix socket, from `unix:///path` or the bare path.
 *
 * @throws RangeError when it is another scheme, relative, or longer than a socket's path can be
 */
export function socketPath(endpoint: string): string {
  const path = endpoint.startsWith('unix://') ? endpoint.slice('unix://'.length) : endpoint;
  const quoted = JSON.stringify(endpoint);
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(path)?.[1];
  if (scheme !== undefined) {
    throw new RangeError(
      `invalid endpoint ${quoted}: ${scheme}:// is not supported, only unix:///path/of/socket`,
    );
  }
  if (!path.startsWith('/') || path.includes('\0')) {
    throw new RangeError(
      `invalid endpoint ${quoted}: give the absolute path of a socket, as unix:///path/of/socket`,
    );
  }
  const bytes = Buffer.byteLength(path);
  if (bytes > MAX_SOCKET_PATH) {
    throw new RangeError(
      `invalid endpoint ${quoted}: the path has ${bytes} bytes, a Unix socket's at most ${MAX_SOCKET_PATH}; link to it from a shorter one`,
    );
  }
  return path;
}

/** Whether there is a socket at the path, answered or not, that a client could name and this user can see. */
export function isSocket(path: string): boolean {
  try {
    return statSync(socketPath(path)).isSocket();
  } catch {
    return false;
  }
}
