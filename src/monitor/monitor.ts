/** The monitor: reads the FIFO and emits its content as events. */
import { readSync } from 'node:fs';
import { Socket } from 'node:net';
import { Observable, Subject } from 'rxjs';
import { nowNano } from '../clock.ts';
import { type EventSource, gapEvent, type IncomingEvent } from '../event.ts';
import type { Instant } from '../instant.ts';
import { acquireLock, type Lock } from '../lock.ts';
import { type Log, silent } from '../log.ts';
import { recordEvent } from './record-event.ts';
import { fifoPath, openFifo, removeFifo } from './fifo.ts';
import { parseLine } from './line.ts';
import { MAX_LINE } from './line-scanner.ts';
import { PlainRecords } from './plain.ts';
import { decodeRecord, type MonitorRecord, RECORD_SIZE, STATE } from './record.ts';
import { type Pieces, split } from './split.ts';

/** Options of a monitor. */
export interface MonitorOptions {
  /** The state directory, in which the FIFO `monitord_fifo` is or will be. */
  readonly directory: string;
  /**
   * The lock of that directory, if already held. Default: takes the lock, and releases it at the
   * end.
   */
  readonly lock?: Lock | undefined;
  /** Reports discarded bytes. Default: no log. */
  readonly log?: Log | undefined;
  /** Time of reading: nanoseconds since the Unix epoch. Default: this machine's clock. */
  readonly clock?: (() => Instant) | undefined;
}

/** Statistics of the FIFO. */
export interface MonitorStatus {
  /** Count of records that became events. */
  readonly records: number;
  /** Count of other records: iSulad's PRIORITY and EXIT_CODE. */
  readonly ignored: number;
  /** Count of lines that became events. */
  readonly lines: number;
  readonly bytes: number;
  /** Bytes that were neither a record nor a line. */
  readonly discardedBytes: number;
  /** Count of times that bytes were discarded: each gives a gap event. */
  readonly gaps: number;
}

/** An open monitor: the reading end of the FIFO. */
export interface Monitor {
  /** The path of the FIFO. */
  readonly path: string;
  /**
   * Lists of events, one for each read. Hot; the FIFO is read while there is a subscriber, and
   * holds the data otherwise. Completes when the monitor closes.
   */
  readonly events: Observable<readonly IncomingEvent[]>;
  readonly status: MonitorStatus;
  /** Emits the rest of the FIFO, then removes it. */
  close(): Promise<void>;
}

/** Bytes of one read: more than a pipe holds by default. */
const READ = 128 * 1024;

/** Largest pipe under default limits (`/proc/sys/fs/pipe-max-size`): in bytes. */
const LARGEST_PIPE = 1024 * 1024;

/**
 * Opens the monitor FIFO of a state directory. Creates the directory (0750) and the FIFO (0600) if
 * they do not exist.
 *
 * @throws MonitorError if another file is in the way or permission is missing; LockError if another
 *   process has the directory
 *
 * @example
 * const monitor = await openMonitor({ directory: '/run/tidings' });
 * collector.attach(monitor.events);
 */
export async function openMonitor(options: MonitorOptions): Promise<Monitor> {
  const { directory, log = silent, clock = nowNano } = options;
  const lock = options.lock ?? (await acquireLock(directory));
  const unlock = (): void => {
    if (options.lock === undefined) lock.release();
  };
  const path = fifoPath(directory);
  try {
    return new FifoMonitor(path, await openFifo(path), log, clock, unlock);
  } catch (error) {
    unlock();
    throw error;
  }
}

class FifoMonitor implements Monitor, Pieces<IncomingEvent> {
  readonly path: string;
  readonly events: Observable<readonly IncomingEvent[]>;
  readonly status: { -readonly [Key in keyof MonitorStatus]: MonitorStatus[Key] } = {
    records: 0,
    ignored: 0,
    lines: 0,
    bytes: 0,
    discardedBytes: 0,
    gaps: 0,
  };
  readonly #log: Log;
  readonly #clock: () => Instant;
  readonly #unlock: () => void;
  readonly #fd: number;
  readonly #source: EventSource;
  readonly #socket: Socket;
  readonly #lists = new Subject<readonly IncomingEvent[]>();
  readonly #buffer: Buffer = Buffer.allocUnsafeSlow(MAX_LINE + READ);
  readonly #plain = new PlainRecords(this.#buffer);
  /** Bytes at the start of the buffer that begin a piece. */
  #held = 0;
  #now: Instant = 0n;
  #list: IncomingEvent[] = [];
  /** Error of the last invalid line. */
  #wrong: string | undefined;
  #closed: Promise<void> | undefined;

  constructor(path: string, fd: number, log: Log, clock: () => Instant, unlock: () => void) {
    this.path = path;
    this.#fd = fd;
    this.#log = log;
    this.#clock = clock;
    this.#unlock = unlock;
    this.#source = { engine: 'monitor', endpoint: `fifo://${path}` };
    this.#socket = new Socket({
      fd,
      readable: true,
      writable: false,
      // Reads into our buffer, without allocation.
      // @ts-expect-error -- missing in the types, present as in `net.connect`
      manualStart: true,
      onread: {
        buffer: () => this.#buffer.subarray(this.#held, this.#held + READ),
        callback: (count: number) => this.#read(count),
      },
    });
    this.#socket.on('error', (error) => this.#lists.error(error));
    this.events = new Observable((subscriber) => {
      const subscription = this.#lists.subscribe(subscriber);
      this.#socket.resume();
      return () => {
        subscription.unsubscribe();
        if (!this.#lists.observed) this.#socket.pause();
      };
    });
  }

  async close(): Promise<void> {
    this.#closed ??= this.#close();
    await this.#closed;
  }

  async #close(): Promise<void> {
    removeFifo(this.path, this.#fd);
    if (this.#lists.observed) this.#drain();
    const closed = new Promise((resolve) => this.#socket.once('close', resolve));
    this.#socket.destroy();
    await closed;
    this.#lists.complete();
    this.#unlock();
  }

  /** Reads the data of senders that found the FIFO before its removal. */
  #drain(): void {
    // Does not wait for a writer that continues.
    for (let left = LARGEST_PIPE; left > 0;) {
      let count;
      try {
        count = readSync(this.#fd, this.#buffer, this.#held, READ, null);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return;
        throw error;
      }
      if (count === 0) return;
      left -= count;
      this.#read(count);
    }
  }

  #read(count: number): boolean {
    const end = this.#held + count;
    this.status.bytes += count;
    this.#now = this.#clock();
    const done = split(this.#buffer, end, this, count === READ);
    if (done > 0) this.#buffer.copyWithin(0, done, end);
    this.#held = end - done;
    const list = this.#list;
    if (list.length > 0) {
      this.#list = [];
      this.#lists.next(list);
    }
    return true;
  }

  plain(at: number, end: number): boolean {
    const record = this.#plain.at(at, end);
    if (record !== undefined) this.#take(record);
    return record !== undefined;
  }

  record(bytes: Buffer, at: number): void {
    this.#take(decodeRecord(bytes, at));
  }

  #take(record: MonitorRecord): void {
    if (record.type === STATE) {
      let event;
      try {
        // Records of one read follow each other: one nanosecond each.
        event = recordEvent(record, this.#now++, this.#source);
      } catch (error) {
        this.#wrong = wrongText(error, record.name);
        return this.discarded(RECORD_SIZE);
      }
      this.status.records++;
      this.#list.push(event);
    } else {
      this.status.ignored++;
      this.#log.debug({ ...record }, 'a record other than an event');
    }
  }

  parse(text: string): IncomingEvent | undefined {
    try {
      return parseLine(text, this.#now, this.#source);
    } catch (error) {
      this.#wrong = wrongText(error, text);
      return undefined;
    }
  }

  line(event: IncomingEvent): void {
    this.status.lines++;
    // Records and lines of one read have increasing times.
    this.#now++;
    this.#list.push(event);
  }

  discarded(count: number): void {
    const wrong = this.#wrong;
    this.#wrong = undefined;
    this.status.discardedBytes += count;
    this.status.gaps++;
    const why = wrong === undefined ? '' : `; the last of them that looks like a line is invalid: ${wrong}`;
    const detail = `${count} bytes in the monitor FIFO were neither a record nor a line${why}`;
    this.#log.warn({ path: this.path, discarded: count, total: this.status.discardedBytes }, detail);
    this.#list.push(gapEvent({ source: this.#source, timeNano: this.#now++, reason: 'upstream', detail }));
  }
}

/** The error of an invalid piece of the input, for the log. */
function wrongText(error: unknown, text: string): string {
  return `${(error as Error).message}: ${JSON.stringify(text.slice(0, 80))}`;
}
