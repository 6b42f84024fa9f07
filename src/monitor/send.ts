/**
 * Sends events into the monitor FIFO, like iSulad's `isulad_monitor_send_container_event` and
 * `…_image_event`.
 */
import { closeSync, constants, writeSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Attributes } from '../event.ts';
import { MonitorError } from './error.ts';
import { formatPairs, happeningOf } from './record-event.ts';
import { fifoPath, openSafely } from './fifo.ts';
import { formatLine } from './line.ts';
import { encodeRecord, fitsRecord, type MonitorRecord, NONE, STATE } from './record.ts';
import { type MonitorState, type ImageState, stateValue } from './state-codes.ts';

interface SendOptions {
  /** The state directory of the daemon. */
  readonly directory: string;
  /** Time to wait for room in the FIFO: in ms. Default 2,000. */
  readonly timeout?: number | undefined;
}

/** A container event to send, and the FIFO that takes it. */
export interface ContainerEventOptions extends SendOptions {
  /** The container's id or name. */
  readonly name: string;
  /** The event: one of `CONTAINER_STATES`. */
  readonly state: MonitorState;
  /** The process of the event: 0 or more. Default: none. */
  readonly pid?: number | undefined;
  /** Its exit code, 0 or more; meant for `die` and `exec_die`. Default: none. */
  readonly exitCode?: number | undefined;
  /** Arguments of the action, such as the command of an exec. Default: none. */
  readonly args?: string | undefined;
  /**
   * Further attributes, such as `image` or `signal`; `name` is the human name if `name` itself is
   * an id. Default: none.
   */
  readonly extra?: Attributes | undefined;
}

/** An image event to send, and the FIFO that takes it. */
export interface ImageEventOptions extends SendOptions {
  /** The image, such as `busybox:latest`. */
  readonly name: string;
  /** The event: one of `IMAGE_STATES`. */
  readonly state: ImageState;
}

/**
 * Sends an event of a container to the daemon: as a record, or as a line if a value does not fit a
 * record. Resolves once it is in the FIFO.
 *
 * @throws RangeError at once if a value is invalid; MonitorError if it cannot be sent
 *
 * @example
 * await sendContainerEvent({ directory: '/run/tidings', name: 'web-1', state: 'die', exitCode: 137 });
 */
export async function sendContainerEvent(options: ContainerEventOptions): Promise<void> {
  const { directory, timeout, name, state, pid, exitCode, args = '', extra = {} } = options;
  const value = stateValue('container', state);
  const pairs = formatPairs(extra);
  const record: MonitorRecord = {
    type: STATE,
    subject: 'container',
    name: checkName(name),
    args,
    extra: pairs ?? '',
    value,
    exitCode: checkNumber('exit code', exitCode),
    pid: checkNumber('pid', pid),
  };
  const fits = pairs !== undefined && fitsRecord(record);
  await send(directory, fits ? encodeRecord(record) : lineOf(record, extra), timeout);
}

/**
 * Sends an event of an image to the daemon.
 *
 * @throws RangeError at once if a value is invalid; MonitorError if it cannot be sent
 */
export async function sendImageEvent({ directory, timeout, name, state }: ImageEventOptions): Promise<void> {
  const value = stateValue('image', state);
  const record: MonitorRecord = {
    ...{ type: STATE, subject: 'image', name: checkName(name), args: '', extra: '' },
    ...{ value, exitCode: 0, pid: 0 },
  };
  await send(directory, fitsRecord(record) ? encodeRecord(record) : lineOf(record, {}), timeout);
}

/** Most bytes that a pipe takes in one piece: PIPE_BUF of pipe(7). */
const PIPE_BUF = 4096;

function lineOf(record: MonitorRecord, extra: Attributes): Buffer {
  const line = Buffer.from(formatLine(happeningOf(record, extra)));
  if (line.length <= PIPE_BUF) return line;
  throw new MonitorError(
    'too-large',
    `the event has ${line.length} bytes, and at most ${PIPE_BUF} are written in one piece: shorten its arguments or attributes`,
  );
}

/** Interval between checks for room: in ms. */
const LOOK_EVERY = 5;

async function send(directory: string, bytes: Buffer, timeout: number = 2000): Promise<void> {
  const path = fifoPath(directory);
  const deadline = performance.now() + timeout;
  const fd = openToWrite(path);
  try {
    while (!tryWrite(fd, bytes, path)) {
      if (performance.now() >= deadline) {
        throw new MonitorError('full', `${path} is full: the daemon has read nothing for ${timeout} ms`);
      }
      await delay(LOOK_EVERY);
    }
  } finally {
    closeSync(fd);
  }
}

function openToWrite(path: string): number {
  try {
    return openSafely(path, constants.O_WRONLY);
  } catch (cause) {
    const { code = '' } = cause as NodeJS.ErrnoException;
    if (!NOBODY.has(code)) throw cause;
    throw nobody(path, code, cause);
  }
}

/**
 * Writes the bytes if there is room; returns false otherwise. Writes all or nothing: see {@link
 * PIPE_BUF}.
 */
function tryWrite(fd: number, bytes: Buffer, path: string): boolean {
  try {
    writeSync(fd, bytes);
    return true;
  } catch (cause) {
    const { code = '' } = cause as NodeJS.ErrnoException;
    if (code === 'EAGAIN') return false;
    throw NOBODY.has(code) ? nobody(path, code, cause) : cause;
  }
}

/** ENXIO: the FIFO exists, without a reader. EPIPE: its reader has just gone. */
const NOBODY = new Set(['ENXIO', 'ENOENT', 'ENOTDIR', 'EPIPE']);

function nobody(path: string, code: string, cause: unknown): MonitorError {
  const why = code === 'ENXIO' || code === 'EPIPE' ? 'no process reads it' : 'there is no such FIFO';
  return new MonitorError('no-reader', `no daemon at ${path}: ${why} (${code})`, { cause });
}

function checkName(name: string): string {
  // oxlint-disable-next-line no-control-regex -- a record with one is taken for garbage
  if (name !== '' && !/^ |[\u0000-\u001f\u007f]/.test(name)) return name;
  throw new RangeError(
    `invalid name ${JSON.stringify(name.slice(0, 80))}: it must not be empty, begin with a space or have control characters`,
  );
}

function checkNumber(what: string, value: number | undefined): number {
  if (value === undefined) return NONE;
  if (Number.isInteger(value) && value >= 0 && value < 2 ** 31) return value;
  throw new RangeError(`invalid ${what} ${value}: a whole number, 0 or more`);
}
