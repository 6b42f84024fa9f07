/** Creates, opens and removes the FIFO in the file system. */
import { execFile, spawn } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  type Stats,
  unlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { checkOwner } from '../trust.ts';
import { MonitorError, refused } from './error.ts';

/** The FIFO's name in the state directory, as in iSulad. */
const FIFO_NAME = 'monitord_fifo';

/** Only the owner may write events. */
const FIFO_MODE = 0o600;

/** Size of the pipe, in bytes, as in iSulad: its senders spin while it is full. */
const PIPE_BYTES = 1024 * 1024;

/** `fcntl(fd, F_SETPIPE_SZ, …)`: Node has no call for it, and Perl is part of most systems. */
const ENLARGE = `fcntl(STDIN, 1031, ${PIPE_BYTES}) or exit 1`;

/** Time limit of Perl: in ms. */
const ENLARGE_WITHIN = 2000;

const run = promisify(execFile);

/** The path of the FIFO in a state directory. */
export function fifoPath(directory: string): string {
  return join(directory, FIFO_NAME);
}

/**
 * Opens the FIFO for reading and writing: while this end is open, writers that come and go cause no
 * end of file. Creates it if it does not exist. Uses an existing FIFO if no other user owns it or
 * can write to it; refuses any other file without a change.
 *
 * @returns its file descriptor
 * @throws MonitorError
 */
export async function openFifo(path: string): Promise<number> {
  const found = lookAt(path);
  // With its loose mode, other users may have opened it for writing: recreate our own FIFO.
  const lax = found !== undefined && (found.mode & 0o022) !== 0 && found.uid === process.geteuid?.();
  if (lax) unlinkSync(path);
  if (found === undefined || lax) await makeFifo(path);
  const fd = openSafely(path, constants.O_RDWR);
  const stats = fstatSync(fd);
  try {
    checkOwner(stats, 'the FIFO', path);
  } catch (error) {
    closeSync(fd);
    throw new MonitorError('obstructed', (error as Error).message, { cause: error });
  }
  if ((stats.mode & 0o777) !== FIFO_MODE && stats.uid === process.geteuid?.()) chmodSync(path, FIFO_MODE);
  await enlarge(fd);
  return fd;
}

/** Enlarges the pipe if that is possible; otherwise it keeps the system's size, usually 64 KiB. */
async function enlarge(fd: number): Promise<void> {
  await new Promise((resolve) => {
    spawn('perl', ['-e', ENLARGE], { stdio: [fd, 'ignore', 'ignore'], timeout: ENLARGE_WITHIN })
      .on('error', resolve)
      .on('close', resolve);
  });
}

/**
 * Opens an existing FIFO without waiting for another end.
 *
 * @throws MonitorError; other errors of the system (ENOENT, ENXIO) unchanged
 */
export function openSafely(path: string, mode: number): number {
  let fd;
  try {
    fd = openSync(path, mode | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EACCES' || code === 'EPERM') throw refused(error, `open the FIFO ${path}`);
    lookAt(path); // Reports a file that is not a FIFO.
    throw error;
  }
  if (fstatSync(fd).isFIFO()) return fd;
  closeSync(fd);
  throw inTheWay(path, lstatSync(path));
}

/** Removes the FIFO unless it has been replaced, or is not ours. */
export function removeFifo(path: string, fd: number): void {
  const own = fstatSync(fd);
  const there = lookAt(path);
  if (there?.ino !== own.ino || there.dev !== own.dev || there.uid !== process.geteuid?.()) return;
  unlinkSync(path);
}

/**
 * Finds the FIFO at the path; `undefined` if there is no file.
 *
 * @throws MonitorError for any other file
 */
function lookAt(path: string): Stats | undefined {
  let stats;
  try {
    stats = lstatSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw refused(error, `inspect ${path}`);
  }
  if (stats.isFIFO()) return stats;
  throw inTheWay(path, stats);
}

async function makeFifo(path: string): Promise<void> {
  try {
    // Node has no call for mkfifo.
    await run('mkfifo', ['-m', FIFO_MODE.toString(8), path], { env: { ...process.env, LC_ALL: 'C' } });
  } catch (error) {
    const { code, stderr = '' } = error as NodeJS.ErrnoException & { stderr?: string };
    if (code === 'ENOENT') {
      throw new MonitorError(
        'unsupported',
        `cannot make the FIFO ${path}: there is no program mkfifo (coreutils)`,
      );
    }
    if (/permission denied|not permitted|read-only/i.test(stderr)) {
      throw new MonitorError('forbidden', `no permission to make the FIFO ${path}`, { cause: error });
    }
    // Another process was quicker; a FIFO is fine.
    if (lookAt(path) === undefined) {
      throw new MonitorError('unsupported', `cannot make the FIFO ${path}: ${stderr.trim()}`, {
        cause: error,
      });
    }
  }
}

function inTheWay(path: string, stats: Stats): MonitorError {
  return new MonitorError(
    'obstructed',
    `${path} is ${kindOf(stats)}, not a FIFO: it is left alone; move it away, or choose another state directory`,
  );
}

function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return 'a directory';
  if (stats.isSymbolicLink()) return 'a symbolic link';
  if (stats.isSocket()) return 'a socket';
  return stats.isFile() ? 'a file' : 'a device';
}
