/**
 * A lock on a directory, for one process at a time; a process that is refused learns the holder.
 *
 * A holder listens on a Unix socket in the directory, under a name that is used once. The kernel
 * closes the socket at any end of the process, so a reused pid causes no confusion. Any container
 * that sees the directory can test whether a process listens. A name is never used again, so any
 * process can remove a dead one without harm to a newer holder. Each process first adds its own
 * name and then looks for others: of two at once, at least one sees the other. On a network file
 * system, only the processes of one machine exclude each other.
 */
import { randomBytes } from 'node:crypto';
import { chmodSync, closeSync, constants, openSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { makeDirectory } from './make-directory.ts';
import { checkTrusted, UntrustedError } from './trust.ts';
import { MAX_SOCKET_PATH } from './unix-path.ts';

/** Holder of a lock. */
export interface Holder {
  /** Its process id, in its own namespace. */
  readonly pid: number;
  /** Start of its hold: RFC 3339, UTC; unknown if it does not answer. */
  readonly since?: string | undefined;
  /** Its command; unknown if it does not answer. */
  readonly command?: string | undefined;
}

export interface Lock {
  readonly directory: string;
  /** Releases the lock; further calls do nothing. */
  release(): void;
}

/**
 * `held`: by another process. `forbidden`: no permission. `unusable`: the directory cannot have
 * such a lock.
 */
export type LockErrorCode = 'held' | 'forbidden' | 'unusable';

export class LockError extends Error {
  override readonly name = 'LockError';
  readonly code: LockErrorCode;
  /** The holder, if the lock is held. */
  readonly holder: Holder | undefined;

  constructor(code: LockErrorCode, message: string, { holder, cause }: { holder?: Holder; cause?: unknown }) {
    super(message, { cause });
    this.code = code;
    this.holder = holder;
  }
}

/**
 * Time limit for a holder's answer: in ms. A stopped process does not answer, and still holds the
 * lock.
 */
const ANSWER_WITHIN = 1000;

/**
 * Most attempts while another process tries at the same moment, and the delay between them: in ms.
 */
const TRIES = 20;
const PAUSE = 25;

/** The owner and the group may ask for the holder. */
const MODE = 0o660;

const NAME_LENGTH = 28;

const NAME = /^lock-(\d{1,10})-[0-9a-f]{8}$/;

/**
 * Takes the lock of a directory; creates the directory (0750) if it does not exist. An existing one
 * must belong to this user or root, without write permission for others. The process holds the lock
 * until it releases it or ends in any way; the lock does not keep the process running.
 *
 * @throws LockError
 */
export async function acquireLock(directory: string): Promise<Lock> {
  const place = openPlace(directory);
  try {
    for (let attempt = 1; ; attempt++) {
      const ticket = await Ticket.publish(place).catch((error: unknown) => refuse(error, directory));
      const rivals = await othersThan(ticket, place);
      if (rivals.length === 0) {
        ticket.holding = true;
        return { directory, release: () => ticket.withdraw() };
      }
      ticket.withdraw();
      const holder = rivals.find(({ holding }) => holding) ?? (attempt < TRIES ? undefined : rivals[0]);
      if (holder) throw held(directory, holder);
      await delay(Math.random() * PAUSE * attempt);
    }
  } finally {
    place.close();
  }
}

/** A directory, with a way to address sockets in it however long its path is. */
interface Place {
  readonly directory: string;
  socketPath(name: string): string;
  close(): void;
}

function openPlace(directory: string): Place {
  try {
    makeDirectory(directory);
    checkTrusted(directory, 'the directory');
    if (Buffer.byteLength(directory) + 1 + NAME_LENGTH <= MAX_SOCKET_PATH) {
      return { directory, socketPath: (name) => join(directory, name), close: () => undefined };
    }
    const fd = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
    return { directory, socketPath: (name) => `/proc/self/fd/${fd}/${name}`, close: () => closeSync(fd) };
  } catch (error) {
    return refuse(error, directory);
  }
}

/** A name in the directory, on whose socket this process listens. */
class Ticket {
  readonly name: string;
  /** True for the lock's holder, false for a candidate. */
  holding = false;
  readonly #path: string;
  readonly #server: Server;

  /** Publishes a name that listens already: it never looks like that of a dead process. */
  static async publish(place: Place): Promise<Ticket> {
    const ticket = new Ticket(place.directory);
    const hidden = `.${ticket.name}`;
    await new Promise<void>((resolve, reject) => {
      ticket.#server.once('error', reject);
      ticket.#server.listen(place.socketPath(hidden), resolve);
    });
    chmodSync(join(place.directory, hidden), MODE);
    renameSync(join(place.directory, hidden), ticket.#path);
    return ticket;
  }

  constructor(directory: string) {
    this.name = `lock-${process.pid}-${randomBytes(4).toString('hex')}`;
    this.#path = join(directory, this.name);
    const since = new Date().toISOString();
    const [, script = 'node', command = ''] = process.argv;
    const who = { pid: process.pid, since, command: `${basename(script)} ${command}`.trim() };
    this.#server = createServer((socket) => {
      socket.on('error', () => undefined); // A client may leave before the answer.
      socket.unref().end(JSON.stringify({ ...who, holding: this.holding }));
    }).unref();
  }

  withdraw(): void {
    rmSync(this.#path, { force: true });
    this.#server.close();
  }
}

type Rival = Holder & { readonly holding: boolean };

/** The other holders and candidates. Removes the names of dead processes. */
async function othersThan({ name: own }: Ticket, place: Place): Promise<Rival[]> {
  const names = readdirSync(place.directory, { withFileTypes: true })
    .filter((entry) => entry.name !== own && entry.isSocket() && NAME.test(entry.name))
    .map(({ name }) => name);
  const rivals = await Promise.all(
    names.map(async (name) => {
      const rival = await ask(place.socketPath(name), Number(NAME.exec(name)?.[1]));
      if (rival === undefined) rmSync(join(place.directory, name), { force: true });
      return rival;
    }),
  );
  return rivals.filter((rival) => rival !== undefined);
}

/** Most attempts at a process that hangs up without an answer: it is about to end. */
const ASK = 3;

/**
 * Asks the process behind a name; `undefined` if it is dead. A process without a valid answer
 * counts as the holder.
 */
async function ask(socketPath: string, pid: number): Promise<Rival | undefined> {
  for (let i = 0; i < ASK; i++) {
    const answer = await hear(socketPath);
    if (answer === undefined) return undefined;
    if (answer !== '') return readAnswer(answer) ?? { pid, holding: true };
  }
  return { pid, holding: true };
}

/**
 * The first text from the listening process: empty if it hangs up; `undefined` if no process
 * listens.
 */
async function hear(socketPath: string): Promise<string | undefined> {
  const socket = connect(socketPath);
  return await new Promise<string | undefined>((resolve) => {
    let answer = '';
    socket.setTimeout(ANSWER_WITHIN, () => resolve('no answer'));
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => {
      answer += text;
      if (answer.length > 4096) resolve('too much');
    });
    socket.on('end', () => resolve(answer));
    socket.on('error', ({ code = '' }: NodeJS.ErrnoException) =>
      resolve(DEAD.has(code) ? undefined : LEAVING.has(code) ? '' : code),
    );
  }).finally(() => socket.destroy());
}

/** Connect errors of a dead or removed name, and of a name that is being released. */
const DEAD = new Set(['ECONNREFUSED', 'ENOENT']);
const LEAVING = new Set(['ECONNRESET', 'EPIPE']);

function readAnswer(text: string): Rival | undefined {
  try {
    const { pid, since, command, holding } = JSON.parse(text) as Record<string, unknown>;
    if (typeof pid !== 'number' || typeof since !== 'string' || typeof command !== 'string') return undefined;
    return { pid, since, command, holding: holding !== false };
  } catch {
    return undefined;
  }
}

function held(directory: string, { pid, since, command }: Rival): LockError {
  const details = since === undefined ? 'it does not say more' : `${JSON.stringify(command)}, since ${since}`;
  return new LockError(
    'held',
    `${directory} is in use by process ${pid} (${details}): stop that, or choose another directory`,
    { holder: { pid, since, command } },
  );
}

function refuse(cause: unknown, directory: string): never {
  if (cause instanceof UntrustedError) throw new LockError('unusable', cause.message, { cause });
  const { code, message } = cause as NodeJS.ErrnoException;
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    throw new LockError(
      'forbidden',
      `no permission to write to ${directory} (${code}): choose a directory that this user may write to`,
      { cause },
    );
  }
  if (code === 'ENOTDIR' || code === 'EEXIST') {
    throw new LockError('unusable', `${directory} is not a directory: another file is in the way`, { cause });
  }
  throw new LockError('unusable', `cannot lock the directory ${directory}: ${message}`, { cause });
}
