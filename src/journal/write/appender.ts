/** Takes a collector's events at the pace of the disk. The collector never waits for the disk. */
import type { SchedulerLike, Subscription } from 'rxjs';
import type { StreamCursor } from '../../collector/stream-cursor.ts';
import type { EngineEvent } from '../../event.ts';
import type { Instant } from '../../instant.ts';
import type { Log } from '../../log.ts';
import type { Writer } from './writer.ts';

export interface AppenderOptions {
  /** Longest time between two acknowledgements: in ms. */
  readonly every: number;
  /** Most events between two acknowledgements. */
  readonly count: number;
  /**
   * Most bytes that wait for the disk; further events wait in the collector's ring, as long as it
   * holds them.
   */
  readonly buffer: number;
  /** True if the system gets the events at once: they then survive the end of this process. */
  readonly handsOver: boolean;
  /** Most bytes handed over between two writes. */
  readonly slack: number;
  readonly scheduler: SchedulerLike;
  readonly clock: () => Instant;
  readonly log: Log;
  /** Called with the events that were taken. */
  readonly onTaken: (events: readonly EngineEvent[]) => void;
  /** Called before each write: makes room on disk. */
  readonly prepare: () => Promise<void>;
  /** Called with the number of the collector's next event. */
  readonly onHead: (head: number) => void;
}

/** Most events taken in one turn. */
const TURN = 4096;
/** Delay after a failure: in ms. */
const RETRY = 1000;
/** Shortest time between two log lines about losses: in ms. */
const TELL_EVERY = 10_000;

export class Appender {
  /** Count of events missing in the journal because the disk could not keep up. */
  lost = 0;
  /** The current write failure. */
  failure: Error | undefined;
  readonly #reader: StreamCursor;
  readonly #writer: Writer;
  readonly #options: AppenderOptions;
  /** The time of the newest event that was taken: a gap begins no earlier. */
  #newest: Instant;
  #timer: Subscription | undefined;
  #turn: Subscription | undefined;
  /** True if nothing is taken until a write has succeeded. */
  #full = false;
  /** Runs after a report of losses, until the next one. */
  #quiet: Subscription | undefined;
  #writing: Promise<void> | undefined;
  #closing = false;
  /** True if the collector calls {@link record}: polling is then unnecessary. */
  #isCalled = false;

  constructor(reader: StreamCursor, writer: Writer, options: AppenderOptions) {
    this.#reader = reader;
    this.#writer = writer;
    this.#options = options;
    this.#newest = options.clock();
    this.#take();
  }

  /** Takes the collector's new events and hands them to the system. */
  record(): void {
    if (this.#closing) return;
    this.#isCalled = true;
    this.#take();
  }

  /** Takes and writes all events so far; resolves even if that fails. */
  async flush(): Promise<void> {
    await this.#writing;
    this.#take();
    await this.#write();
  }

  /** Ends once all events are written, or cannot be. Complete the collector before. */
  async close(): Promise<void> {
    this.#closing = true;
    do await this.flush();
    while (this.#reader.lag > 0 && this.failure === undefined);
    this.#turn?.unsubscribe();
    this.#timer?.unsubscribe();
    this.#quiet?.unsubscribe();
    this.#reader.close();
    const missing = this.#reader.lag + this.#writer.pending;
    if (missing > 0)
      this.#options.log.error({ missing }, 'events of the last moments are not in the journal');
  }

  #take(): void {
    const reader = this.#reader;
    const writer = this.#writer;
    const head = writer.next + reader.lag;
    let more = true;
    for (let taken = 0; more && taken < TURN && !this.#isFull();) {
      const { events, gap, more: goesOn } = reader.read(TURN);
      const last = events.at(-1);
      if (last !== undefined) {
        writer.add(events);
        this.#options.onTaken(events);
        this.#newest = last.timeNano;
      }
      if (gap !== undefined) this.#lose(gap.to + 1);
      taken += events.length;
      more = goesOn;
    }
    this.#full = more && this.#isFull();
    this.#handOver();
    this.#options.onHead(head);
    if (this.#closing) return;
    this.#schedule();
    if (!more && !this.#isCalled) reader.wait(() => this.#take());
    else if (more && !this.#full) this.#takeOn();
  }

  #handOver(): void {
    const { handsOver, slack } = this.#options;
    if (!handsOver || this.failure !== undefined || this.#writer.pendingBytes > slack) return;
    try {
      this.#writer.put();
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  #takeOn(): void {
    this.#turn ??= this.#options.scheduler.schedule(() => {
      this.#turn = undefined;
      this.#take();
    });
  }

  #isFull(): boolean {
    return this.#writer.pendingBytes >= this.#options.buffer;
  }

  #lose(end: number): void {
    const { log, clock, scheduler } = this.#options;
    const now = clock();
    this.lost += end - this.#writer.next;
    this.#writer.gap(end, 'overflow', this.#newest < now ? this.#newest : now, now);
    if (this.#quiet !== undefined) return;
    this.#quiet = scheduler.schedule(() => (this.#quiet = undefined), TELL_EVERY);
    log.warn({ lost: this.lost }, 'the disk cannot keep up: events are missing in the journal, as a gap');
  }

  #schedule(): void {
    if (this.#writing !== undefined || this.#writer.pending === 0) return;
    const { scheduler, every, count } = this.#options;
    if (this.failure === undefined && this.#writer.pending >= count) void this.#write();
    else this.#timer ??= scheduler.schedule(() => void this.#write(), this.failure ? RETRY : every);
  }

  async #write(): Promise<void> {
    this.#timer?.unsubscribe();
    this.#timer = undefined;
    this.#writing ??= this.#commit().finally(() => (this.#writing = undefined));
    await this.#writing;
    if (this.#closing) return;
    this.#schedule();
    if (this.#full) this.#takeOn();
  }

  async #commit(): Promise<void> {
    const { log, prepare } = this.#options;
    try {
      await prepare();
      await this.#writer.commit();
      if (this.failure !== undefined) log.info({ lost: this.lost }, 'the journal can be written again');
      this.failure = undefined;
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  #fail(error: Error): void {
    if (this.failure === undefined)
      this.#options.log.error({ err: error }, 'the journal cannot be written: trying again');
    this.failure = error;
  }
}
