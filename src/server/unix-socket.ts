/** Listening on a Unix socket without doing harm to what is there already. */
import { chmod, lstat, unlink } from 'node:fs/promises';
import { connect, type Server } from 'node:net';
import { MAX_SOCKET_PATH } from '../unix-path.ts';
import { checkOwner } from '../trust.ts';
import { ListenError } from './listen-error.ts';

/** The owner and the group may connect. */
const MODE = 0o660;

/** Connections that may wait to be accepted: one more fails at once on a Unix socket, it does not wait. */
const BACKLOG = 4096;

/**
 * Has a server listen on a path. A socket that nobody answers on is replaced.
 *
 * @throws ListenError when somebody answers there, something else is in the way, the path is too long or the directory
 *   does not let us
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

/** Removes a socket that nobody answers on; refuses what else is there. */
async function makeWay(path: string): Promise<void> {
  const found = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw cannotListen(path, error);
  });
  if (found === undefined) return;
  if (!found.isSocket()) {
    throw new ListenError(
      `${path} is in the way and no socket: move it away, or choose another state directory`,
    );
  }
  try {
    // Its permissions say who may connect; its owner, who put it there.
    checkOwner({ uid: found.uid, mode: 0 }, 'the socket', path);
  } catch (error) {
    throw new ListenError((error as Error).message, { cause: error });
  }
  if (await isAnswered(path)) {
    throw new ListenError(
      `somebody answers on ${path} already: end that daemon, or choose another state directory`,
    );
  }
  await unlink(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw cannotListen(path, error);
  });
}

/** Whether somebody listens: a full backlog or a lack of permission is a sign of life. */
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
