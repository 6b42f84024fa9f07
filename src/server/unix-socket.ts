/** Listens on a Unix socket without harm to an existing file or server. */
import { chmod, lstat, unlink } from 'node:fs/promises';
import { connect, type Server } from 'node:net';
import { MAX_SOCKET_PATH } from '../unix-path.ts';
import { checkOwner } from '../trust.ts';
import { ListenError } from './listen-error.ts';

/** The owner and the group may connect. */
const MODE = 0o660;

/** Most connections that wait to be accepted: on a Unix socket, one more fails at once. */
const BACKLOG = 4096;

/**
 * Makes a server listen on a path. Replaces a socket without a server.
 *
 * @throws ListenError if a server answers there, another file is in the way, the path is too long,
 *   or the directory's permissions do not allow it
 */
export async function listenOn(server: Server, path: string): Promise<void> {
  const bytes = Buffer.byteLength(path);
  if (bytes > MAX_SOCKET_PATH) {
    throw new ListenError(
      `socket path too long: ${path} has ${bytes} bytes, a Unix socket's at most ${MAX_SOCKET_PATH}; choose a shorter state directory`,
    );
  }
  await makeWay(path);
  await new Promise<void>((resolve, reject) => {
    const failed = (cause: NodeJS.ErrnoException): void => reject(cannotListen(path, cause));
    server.once('error', failed);
    server.listen({ path, backlog: BACKLOG }, () => {
      server.off('error', failed);
      resolve();
    });
  });
  await chmod(path, MODE);
}

/** Removes a socket without a server; refuses any other file. */
async function makeWay(path: string): Promise<void> {
  const found = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw cannotListen(path, error);
  });
  if (found === undefined) return;
  if (!found.isSocket()) {
    throw new ListenError(`${path} is not a socket: move it away, or choose another state directory`);
  }
  try {
    // Its permissions state who may connect; its owner is the user that created it.
    checkOwner({ uid: found.uid, mode: 0 }, 'the socket', path);
  } catch (error) {
    throw new ListenError((error as Error).message, { cause: error });
  }
  if (await isAnswered(path)) {
    throw new ListenError(
      `a server already answers on ${path}: end that daemon, or choose another state directory`,
    );
  }
  await unlink(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw cannotListen(path, error);
  });
}

/** Tests whether a server listens: a full backlog or a lack of permission proves that one does. */
async function isAnswered(path: string): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect(path);
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', ({ code }: NodeJS.ErrnoException) =>
      resolve(code !== 'ECONNREFUSED' && code !== 'ENOENT'),
    );
  });
}

function cannotListen(path: string, cause: NodeJS.ErrnoException): ListenError {
  return new ListenError(`cannot listen on ${path}: ${cause.message}`, { cause });
}
