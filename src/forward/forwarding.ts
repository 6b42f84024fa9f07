/** A running forwarder: reads batches, delivers them, and moves its position. */
import {
  catchError,
  concat,
  concatMap,
  defer,
  EMPTY,
  map,
  type Observable,
  type SchedulerLike,
  Subscription,
  take,
  throwError,
  timeout,
} from 'rxjs';
import { backoff } from '../backoff.ts';
import type { Collector } from '../collector/collector.ts';
import { parseCursor } from '../collector/cursor.ts';
import { gapFrame } from '../collector/frames.ts';
import type { StreamCursor } from '../collector/stream-cursor.ts';
import { reasonOf } from '../delivery/outcome.ts';
import type { EngineEvent } from '../event.ts';
import type { Instant } from '../instant.ts';
import type { Log } from '../log.ts';
import { Batches } from './batches.ts';
import { type Delivered, Deliverer, DeliveryFailed } from './deliverer.ts';
import type { Forwarder } from './forwarder.ts';
import { Health } from './forward-health.ts';
import { PositionFile, positionIn } from './position.ts';
import { Progress } from './progress.ts';
import { RefusedFile, refusedIn } from './refused-events.ts';
import type { Held, Item, Sink } from './sink.ts';
import { continuation, readerAfter, startOf } from './start-position.ts';
import type { ForwarderStatus } from './status.ts';

/** Time between a move over events that did not match, and its write: in ms. */
const IDLE_WRITE = 1000;

/** Delays before a sink that holds a position is asked for it after a failure: in ms. */
const AFTER_FAILURE = { first: 500, longest: 30_000 };

/** Delay before another try after an error of the product itself: in ms. */
const AFTER_FAULT = 1000;

export interface ForwardingOptions {
  readonly collector: Collector;
  /** Directory of data that survives a restart. */
  readonly dataDir: string;
  /** True if a power cut must not cost the position more than the last moments. Default true. */
  readonly syncs?: boolean | undefined;
  readonly log: Log;
  readonly scheduler: SchedulerLike;
  /** Current time: nanoseconds since the Unix epoch. */
  readonly now: () => Instant;
  /** Random number from 0 to 1 for the back-off. Default `Math.random`. */
  readonly random?: (() => number) | undefined;
  /** Runs work in a later turn of the event loop. Default `setImmediate`. */
  readonly later?: ((work: () => void) => void) | undefined;
}

/**
 * One forwarder at work. It holds a position and two batches; the journal is the queue. Batches go out
 * one after the other, so that a container's events keep their order.
 */
export class Forwarding {
  readonly forwarder: Forwarder;
  readonly #options: ForwardingOptions;
  readonly #sink: Sink;
  readonly #progress: Progress;
  readonly #health: Health;
  readonly #refused: RefusedFile;
  #reader: StreamCursor;
  #batches: Batches;
  readonly #deliverer: Deliverer;
  readonly #counts = { sent: 0, repeated: 0, failed: 0, refused: 0, missed: 0 };
  #work: Subscription = Subscription.EMPTY;
  #idle: Subscription | undefined;
  #delivering = false;
  /** True if the sink has been asked for its position since the last failure. */
  #aligned: boolean;
  /** Failures in a row of a sink that holds a position. */
  #failures = 0;
  #closing: (() => void) | undefined;
  /** The number of the last event that the sink acknowledged to this process; 0 before. */
  #delivered = 0;
  readonly #lost: Subscription | undefined;

  /** @throws Error of the system if its position cannot be written */
  constructor(forwarder: Forwarder, sink: Sink, options: ForwardingOptions) {
    const { collector, dataDir, log, scheduler, now, random, syncs = true } = options;
    const { name, timeout: limit } = forwarder;
    this.forwarder = forwarder;
    this.#options = options;
    this.#sink = sink;
    this.#refused = new RefusedFile(refusedIn(dataDir, name));
    this.#health = new Health(name, log, now);
    const file = new PositionFile(positionIn(dataDir, name));
    const { reader, ...position } = startOf(forwarder, file, collector, log);
    this.#reader = reader;
    this.#progress = new Progress(position, {
      ...{ file, epoch: collector.epoch, syncs, scheduler },
      onError: (err) =>
        log.error({ err, forwarder: name }, `forwarder ${name}: its position cannot be written`),
    });
    this.#aligned = sink.held === undefined;
    this.#batches = this.#batchesOf(reader);
    this.#deliverer = new Deliverer({
      ...{ sink, timeout: limit, scheduler, random },
      onAttempt: (items) => this.#attempted(items),
      onFailure: (detail, wait) => this.#failing(detail, wait),
      onTooLarge: (bytes) => {
        this.#batches.bytes = Math.max(1, Math.floor(bytes / 2));
      },
    });
    this.#lost = sink.lost?.subscribe((reason) => this.#mislaid(reason));
    this.#step();
  }

  get status(): ForwarderStatus {
    const { name, sink } = this.forwarder;
    const { collector } = this.#options;
    const { acknowledged } = this.#progress;
    const newest = parseCursor(collector.newest);
    const at = parseCursor(acknowledged);
    const lag = at.epoch === newest.epoch ? newest.seq - at.seq : newest.seq;
    return {
      ...{ name, sink: sink.kind, target: sink.target, ...this.#health.state },
      ...{ position: acknowledged, lag: Math.max(0, lag), ...this.#counts },
    };
  }

  /**
   * Stops after the current delivery, or after `grace` ms without its end. Events without
   * acknowledgement are sent after the next start.
   */
  async close(grace = 500): Promise<void> {
    if (this.#delivering && this.#health.isOk) {
      await this.#atMost(grace, new Promise<void>((resolve) => (this.#closing = resolve)));
    }
    this.#closing ??= () => undefined;
    this.#work.unsubscribe();
    this.#lost?.unsubscribe();
    this.#idle?.unsubscribe();
    this.#moveOverOthers();
    this.#reader.close();
    this.#progress.close();
    await this.#atMost(grace, Promise.resolve(this.#sink.close?.()));
  }

  /** Resolves with the promise, or after so many ms. */
  async #atMost(ms: number, promise: Promise<void>): Promise<void> {
    let late: Subscription | undefined;
    await Promise.race([
      promise,
      new Promise<void>((resolve) => (late = this.#options.scheduler.schedule(() => resolve(), ms))),
    ]);
    late?.unsubscribe();
  }

  #batchesOf(reader: StreamCursor): Batches {
    const { collector, log, scheduler, later } = this.#options;
    const { name, batch } = this.forwarder;
    return new Batches({
      ...{ reader, limits: batch, scheduler, later },
      encode: (event) => this.#encode(event),
      gapEvent: (gap) => {
        this.#counts.missed += gap.to - gap.from + 1;
        log.warn(
          { forwarder: name, ...gap },
          `forwarder ${name}: events ${gap.from} to ${gap.to} can no longer be sent`,
        );
        return collector.gapEvent(gapFrame(gap, collector.epoch));
      },
    });
  }

  /** Asks the sink for the last event that it holds, and continues after it. */
  #align(): Observable<never> {
    const { collector, scheduler } = this.#options;
    const { timeout: limit } = this.forwarder;
    return defer(() => this.#sink.held?.(collector.newest) ?? EMPTY).pipe(
      take(1),
      timeout({ first: limit, scheduler }),
      catchError((error: unknown) => throwError(() => new DeliveryFailed(reasonOf(error)))),
      map((held) => this.#continueAfter(held)),
      concatMap(() => EMPTY),
    );
  }

  #continueAfter(held: Held): void {
    const { collector, log } = this.#options;
    const { name } = this.forwarder;
    const { epoch } = collector;
    const cursor = continuation(this.forwarder, held, this.#progress.acknowledged, collector);
    const at = parseCursor(cursor);
    if (at.epoch === epoch && at.seq < this.#delivered) {
      log.warn(
        { forwarder: name, from: at.seq + 1, to: this.#delivered },
        `forwarder ${name}: its sink has lost events ${at.seq + 1} to ${this.#delivered}: they are sent again`,
      );
    }
    this.#reader.close();
    this.#reader = readerAfter(collector, this.forwarder, cursor);
    const { bytes } = this.#batches;
    this.#batches = this.#batchesOf(this.#reader);
    this.#batches.bytes = bytes;
    this.#progress.moveTo(cursor);
    this.#aligned = true;
    if (at.epoch === epoch && at.seq >= parseCursor(collector.newest).seq) this.#recovered();
  }

  /** The sink lost its connection while it was idle. */
  #mislaid(reason: string): void {
    if (this.#delivering || !this.#aligned) return;
    this.#work.unsubscribe();
    this.#misaligned(reason);
  }

  #recovered(): void {
    this.#failures = 0;
    this.#health.ok();
  }

  /** A delivery failed, and the sink must be asked for its position. */
  #misaligned(detail: string): void {
    const { scheduler, random = Math.random } = this.#options;
    const wait = backoff(this.#failures++, { ...AFTER_FAILURE, random });
    this.#aligned = false;
    this.#delivering = false;
    this.#failing(detail, wait);
    if (this.#closing === undefined) this.#work = scheduler.schedule(() => this.#step(), wait);
  }

  #encode(event: EngineEvent): Item | undefined {
    const cursor = this.#options.collector.cursorOf(event);
    try {
      const text = this.#sink.encode(event, cursor);
      return { event, cursor, text, bytes: Buffer.byteLength(text) };
    } catch (error) {
      this.#setAside({ event, cursor }, `it cannot be encoded: ${reasonOf(error)}`);
      return undefined;
    }
  }

  #step(): void {
    const batch = defer(() => this.#batches.next()).pipe(concatMap((items) => this.#deliver(items)));
    this.#work = (this.#aligned ? batch : concat(this.#align(), batch)).subscribe({
      complete: () => this.#continue(),
      error: (err: unknown) => {
        if (err instanceof DeliveryFailed) return this.#misaligned(err.message);
        const { log, scheduler } = this.#options;
        log.error({ err, forwarder: this.forwarder.name }, `forwarder ${this.forwarder.name} failed`);
        this.#health.retrying(reasonOf(err));
        this.#work = scheduler.schedule(() => this.#step(), AFTER_FAULT);
      },
    });
    this.#moved();
  }

  #continue(): void {
    this.#delivering = false;
    this.#closing?.();
    if (this.#closing !== undefined || this.#batches.ended) return;
    const { later = setImmediate } = this.#options;
    later(() => {
      if (this.#closing === undefined) this.#step();
    });
  }

  #deliver(items: readonly Item[]): Observable<never> {
    return defer(() => {
      this.#delivering = true;
      this.#readAhead();
      return this.#deliverer.deliver(items);
    }).pipe(
      map((delivered) => this.#acknowledge(delivered)),
      concatMap(() => EMPTY),
    );
  }

  /** Prepares the next batch while the sink works on this one. */
  #readAhead(): void {
    const { later = setImmediate } = this.#options;
    later(() => {
      if (this.#delivering && this.#closing === undefined && this.#batches.readAhead()) this.#readAhead();
    });
  }

  /** Called before each attempt. */
  #attempted(items: readonly Item[]): void {
    this.#counts.repeated += this.#progress.attempt(items);
  }

  #acknowledge({ items, refused, rejected }: Delivered): void {
    const { log } = this.#options;
    const { name } = this.forwarder;
    if (refused !== undefined) for (const item of items) this.#setAside(item, refused);
    else this.#counts.sent += items.length - rejected;
    if (rejected > 0) {
      this.#counts.refused += rejected;
      const [from, to] = [items[0]?.cursor, items.at(-1)?.cursor];
      log.warn(
        { forwarder: name, rejected, from, to },
        `forwarder ${name}: its sink took a batch, but rejected ${rejected} of ${items.length} events`,
      );
    }
    const last = items.at(-1);
    if (refused === undefined) this.#delivered = last?.event.seq ?? 0;
    if (last !== undefined) this.#progress.acknowledge(last.cursor);
    this.#recovered();
  }

  #setAside({ event, cursor }: Pick<Item, 'event' | 'cursor'>, reason: string): void {
    const { log, now } = this.#options;
    const { name } = this.forwarder;
    this.#counts.refused++;
    const fields = { forwarder: name, cursor, id: event.id, reason };
    try {
      this.#refused.add(event, cursor, reason, now());
      log.warn(fields, `forwarder ${name}: an event is set aside in ${name}.refused.ndjson: ${reason}`);
    } catch (err) {
      log.error(
        { ...fields, err },
        `forwarder ${name}: an event is lost, as it cannot be set aside: ${reason}`,
      );
    }
  }

  #failing(detail: string, wait: number): void {
    this.#counts.failed++;
    this.#health.failing(detail, wait);
    // A shutdown does not wait for a sink that is down.
    this.#closing?.();
  }

  /** Writes the position, later, if the reader moved over events that do not match. */
  #moved(): void {
    if (this.#idle !== undefined || !this.#batches.idle) return;
    if (this.#reader.cursor === this.#progress.acknowledged) return;
    this.#idle = this.#options.scheduler.schedule(() => {
      this.#idle = undefined;
      this.#moveOverOthers();
    }, IDLE_WRITE);
  }

  #moveOverOthers(): void {
    if (this.#delivering || !this.#aligned || !this.#batches.idle) return;
    this.#progress.moveTo(this.#reader.cursor);
  }
}
