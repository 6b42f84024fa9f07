/**
 * A lock on a directory: one process at a time has it, and whoever else wants it is told which.
 *
 * A holder listens on a Unix socket in the directory, under a name that is used once. The kernel closes the socket
 * however the process ends, so that a pid which is used again means nothing; any container that sees the directory can
 * ask whether somebody listens; and a name that is never used again can be removed by anybody without taking anything
 * away from a newer holder. Each puts its own name there before it looks for others: of two at once, at least one sees
 * the other. On a network file system, only the processes of one machine exclude each other.
 */
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  constants,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { checkTrusted, UntrustedError } from './trust.ts';
import { MAX_SOCKET_PATH } from './unix-path.ts';

/** Who holds a lock. */
export interface Holder {
  /** Its process, as it is numbered where it runs. */
  readonly pid: number;
  /** Since when: RFC 3339, UTC; unknown when it does not answer. */
  readonly since?: string | undefined;
  /** Its command; unknown when it does not answer. */
  readonly command?: string | undefined;
}

export interface Lock {
  readonly directory: string;
  /** Gives it back; more than once does nothing. */
  release(): void;
}

/** `held`: by another. `forbidden`: no permission. `unusable`: no such lock can be in that directory. */
export type LockErrorCode = 'held' | 'forbidden' | 'unusable';

export class LockError extends Error {
  override readonly name = 'LockError';
  readonly code: LockErrorCode;
  /** Who has it, where it is held. */
  readonly holder: Holder | undefined;

  constructor(code: LockErrorCode, message: string, { holder, cause }: { holder?: Holder; cause?: unknown }) {
    super(message, { cause });
    this.code = code;
    this.holder = holder;
  }
}

/** How long a holder may take to say who it is: in ms. One that is stopped says nothing, and holds. */
const ANSWER_WITHIN = 1000;

/** How often to try again when somebody else tries at the same moment, and how long to wait: in ms. */
const TRIES = 20;
const PAUSE = 25;

/** The owner and the group may ask who holds it. */
const MODE = 0o660;

const NAME_LENGTH = 28;

const NAME = /^lock-(\d{1,10})-[0-9a-f]{8}$/;

/**
 * Takes the lock of a directory, which is made (0750) where there is none. One that is there must belong to this user or
 * root, and be written by nobody else. A process holds it until it releases it or
 * ends, in whatever way; holding it does not keep the process running.
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

/** A directory, and how to name a socket in it however long its path is. */
interface Place {
  readonly directory: string;
  socketPath(name: string): string;
  close(): void;
}

function openPlace(directory: string): Place {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o750 });
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

/** A name in the directory, and who listens under it: this process. */
class Ticket {
  readonly name: string;
  /** Whether it is the lock's holder, or one that would like to be. */
  holding = false;
  readonly #path: string;
  readonly #server: Server;

  /** Once it is seen, it listens: none is ever seen that looks like that of a dead process. */
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
      socket.on('error', () => undefined); // Who asked does not wait for the answer.
      socket.unref().end(JSON.stringify({ ...who, holding: this.holding }));
    }).unref();
  }

  withdraw(): void {
    rmSync(this.#path, { force: true });
    this.#server.close();
  }
}

type Rival = Holder & { readonly holding: boolean };

/** Who else holds the lock or wants it. Names of the dead are removed. */
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

/** How often to ask one that hangs up without a word: it is about to end. */
const ASK = 3;

/** Who listens; `undefined` when nobody does. Who cannot be asked or makes no sense holds the lock. */
async function ask(socketPath: string, pid: number): Promise<Rival | undefined> {
  for (let i = 0; i < ASK; i++) {
    const answer = await hear(socketPath);
    if (answer === undefined) return undefined;
    if (answer !== '') return readAnswer(answer) ?? { pid, holding: true };
  }
  return { pid, holding: true };
}

/** What is said at once by whoever listens: nothing when they hang up; `undefined` when nobody listens. */
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

/** What connecting to a dead or removed name gives, and to one that is given up at that moment. */
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
    throw new LockError('unusable', `${directory} is no directory: something else is in the way`, { cause });
  }
  throw new LockError('unusable', `cannot lock the directory ${directory}: ${message}`, { cause });
}
