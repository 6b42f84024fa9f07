/** The monitor: reads the FIFO and tells what comes through it as events. */
import { readSync } from 'node:fs';
import { Socket } from 'node:net';
import { Observable, Subject } from 'rxjs';
import { nowNano } from '../clock.ts';
import { type EventSource, gapEvent, type IncomingEvent } from '../event.ts';
import type { Instant } from '../instant.ts';
import { acquireLock, type Lock } from '../lock.ts';
import { type Log, silent } from '../log.ts';
import { recordEvent } from './event.ts';
import { fifoPath, openFifo, removeFifo } from './fifo.ts';
import { parseLine } from './line.ts';
import { MAX_LINE } from './lines.ts';
import { PlainRecords } from './plain.ts';
import { decodeRecord, type MonitorRecord, STATE } from './record.ts';
import { type Pieces, split } from './split.ts';

export interface MonitorOptions {
  /** The state directory, in which the FIFO `monitord_fifo` is or will be. */
  readonly directory: string;
  /** The lock of that directory, where it is held already. Default: takes it, and releases it at the end. */
  readonly lock?: Lock | undefined;
  /** Where it says what it discards. Default: nowhere. */
  readonly log?: Log | undefined;
  /** When something was read: nanoseconds since the Unix epoch. Default: this machine's clock. */
  readonly clock?: (() => Instant) | undefined;
}

/** What came through the FIFO so far, in numbers. */
export interface MonitorStatus {
  /** Records that became events. */
  readonly records: number;
  /** Records that are none: iSulad's PRIORITY and EXIT_CODE. */
  readonly ignored: number;
  /** Lines that became events. */
  readonly lines: number;
  readonly bytes: number;
  /** Bytes that were neither a record nor a line. */
  readonly discardedBytes: number;
  /** Times that bytes were discarded: each has a gap event. */
  readonly gaps: number;
}

export interface Monitor {
  /** The FIFO. */
  readonly path: string;
  /**
   * Lists of events, one a read. Hot; read while somebody is subscribed, otherwise what comes waits in the FIFO. Ends
   * when the monitor is closed.
   */
  readonly events: Observable<readonly IncomingEvent[]>;
  readonly status: MonitorStatus;
  /** Tells what is still in the FIFO, then removes it. */
  close(): Promise<void>;
}

/** What one read can bring: more than a pipe holds unless somebody made it larger. In bytes. */
const READ = 128 * 1024;

/** The most bytes that a pipe holds by default limits (`/proc/sys/fs/pipe-max-size`). */
const LARGEST_PIPE = 1024 * 1024;

/**
 * Opens the monitor FIFO of a state directory, which is made (0750), like the FIFO (0600), where there is none.
 *
 * @throws MonitorError when there is something else in the way or no permission; LockError when another process has it
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
  /** The bytes at the beginning of the buffer that are the beginning of a piece. */
  #held = 0;
  #now: Instant = 0n;
  #list: IncomingEvent[] = [];
  /** What was wrong with the last line that made no sense. */
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
      // @ts-expect-error -- as for `net.connect`; it is only not in the types. Reads into our buffer: no allocation.
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

  /** Reads what senders have written that found the FIFO while it was there. */
  #drain(): void {
    // A writer that goes on is not waited for.
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
      this.status.records++;
      // Records of one read follow each other: one nanosecond each.
      this.#list.push(recordEvent(record, this.#now++, this.#source));
    } else {
      this.status.ignored++;
      this.#log.debug({ ...record }, 'a record that is no event');
    }
  }

  parse(text: string): IncomingEvent | undefined {
    try {
      return parseLine(text, this.#now, this.#source);
    } catch (error) {
      this.#wrong = `${(error as Error).message}: ${JSON.stringify(text.slice(0, 80))}`;
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
    const why = wrong === undefined ? '' : `; the last that looks like a line is none: ${wrong}`;
    const detail = `${count} bytes in the monitor FIFO were no record and no line${why}`;
    this.#log.warn({ path: this.path, discarded: count, total: this.status.discardedBytes }, detail);
    this.#list.push(gapEvent({ source: this.#source, timeNano: this.#now++, reason: 'upstream', detail }));
  }
}
