/** Endpoints that are Unix sockets: `unix:///path`. */
import { readFileSync, type Stats, statSync } from 'node:fs';
import { MAX_SOCKET_PATH } from '../unix-path.ts';
import { isRemote } from './remote.ts';

/**
 * The path of a Unix socket, from `unix:///path` or the bare path.
 *
 * @throws RangeError if the scheme is another, or the path is relative or too long for a socket
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

/**
 * Tests whether an endpoint is worth a try: a socket that this user can see, answering or not; a
 * directory in its place, so that the report explains it; or another host.
 */
export function isThere(endpoint: string): boolean {
  if (isRemote(endpoint)) return true;
  try {
    const found = statSync(socketPath(endpoint));
    return found.isSocket() || found.isDirectory();
  } catch {
    return false;
  }
}

/** Connecting to a socket needs the permission to write. */
const GROUP_MAY_WRITE = 0o020;

/**
 * The reason why the socket of an endpoint cannot be connected to, beyond the system's error;
 * undefined without a reason.
 */
export function socketProblem(endpoint: string): string | undefined {
  try {
    const found = statSync(socketPath(endpoint));
    if (found.isDirectory()) {
      return 'it is a directory, not a socket: a bind mount of a path that did not exist makes one; remove it, and mount the socket again';
    }
    return `this user may not connect: it must be ${permitted(found)}`;
  } catch {
    return undefined;
  }
}

/** Users that may connect to a socket. Nobody should join the group `root` for one. */
function permitted({ uid, gid, mode }: Pick<Stats, 'uid' | 'gid' | 'mode'>): string {
  const owner = uid === 0 ? 'root' : `root or ${nameIn('/etc/passwd', uid)}, the owner of the socket`;
  if ((mode & GROUP_MAY_WRITE) === 0 || gid === 0) return owner;
  const group = nameIn('/etc/group', gid);
  return `${owner}, or in group ${group} that owns the socket (usermod -aG ${group} USER)`;
}

/** The name of a user or group; its number without a name. */
function nameIn(file: '/etc/passwd' | '/etc/group', id: number): string {
  try {
    const line = readFileSync(file, 'utf8')
      .split('\n')
      .find((each) => each.split(':')[2] === String(id));
    return line?.split(':', 1)[0] ?? String(id);
  } catch {
    return String(id);
  }
}
