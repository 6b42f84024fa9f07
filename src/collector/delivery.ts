/** Replay, then live: the one place that makes frames of a cursor's events, gaps, progress and end. */
import { interval, Observable, share, type SchedulerLike, type Subscriber, type Subscription } from 'rxjs';
import type { EngineEvent } from '../event.ts';
import { gapFrame, type Batch } from './frames.ts';
import type { StreamCursor } from './stream-cursor.ts';

/** Reads and delivers. Returns the cost in items: examined events, plus the meter's items. */
type Turn = () => number;

/** Schedule of deliveries: their turns, and the size of a turn. */
export interface Pace {
  /** Most events read and delivered at once. */
  readonly block: number;
  /** Most bytes of events read at once, besides one event. Default 256 KiB. */
  readonly bytes?: () => number;
  /** Most blocks read in one turn, from memory and from the archive. */
  readonly held: number;
  readonly archived: number;
  /** Emits when a silent delivery should report its progress. Optional. */
  readonly beats?: Observable<unknown>;
  /** Called when there is something to deliver: schedules a turn, now or later. */
  due(turn: Turn): void;
  /** Called when there is more: schedules a turn after those of others. */
  later(turn: Turn): Subscription | undefined;
}

/** Cost of a query, in items. */
export interface Meter {
  /** Items used by its patterns so far. */
  items: number;
  /** Items for each event in addition. */
  readonly each: number;
}

export interface DeliveryOptions {
  readonly pace: Pace;
  /** Counts the items that the query costs. Default: one for each event. */
  readonly meter?: Meter | undefined;
  /** While the latest value is `true`, nothing more is read. Default: never. */
  readonly paused?: Observable<boolean> | undefined;
  /** Gets live events directly after the replay, one by one. Default: live events are read, too. */
  readonly live?: Subscriber<EngineEvent>;
}

/** Most items of one read, estimated from the last read: some tens of microseconds. */
const READ = 512;

/**
 * The frames of a cursor, with runs of events. Subscribe once: the subscription closes the cursor,
 * unless it hands over to a live subscriber.
 */
export function deliver(cursor: StreamCursor, options: DeliveryOptions): Observable<Batch> {
  const { pace, paused } = options;
  return new Observable((subscriber) => {
    subscriber.add(() => cursor.isLive || cursor.close());
    const delivery = new Delivery(cursor, subscriber, options);
    if (pace.beats !== undefined) subscriber.add(pace.beats.subscribe(() => delivery.beat()));
    if (paused !== undefined) subscriber.add(paused.subscribe((isPaused) => delivery.pause(isPaused)));
    pace.due(delivery.turn);
  });
}

class Delivery {
  readonly #cursor: StreamCursor;
  readonly #out: Subscriber<Batch>;
  readonly #pace: Pace;
  readonly #live: Subscriber<EngineEvent> | undefined;
  readonly #meter: Meter;
  /** Items for each event in the last read. */
  #cost: number;
  #room = true;
  #running = false;
  #replaying = true;
  #silent = true;
  /** Events read in this turn and not delivered yet. */
  #gathered: EngineEvent[] = [];

  constructor(cursor: StreamCursor, out: Subscriber<Batch>, { pace, meter, live }: DeliveryOptions) {
    this.#cursor = cursor;
    this.#out = out;
    this.#pace = pace;
    this.#live = live;
    this.#meter = meter ?? { items: 0, each: 1 };
    this.#cost = meter === undefined ? 1 : READ;
    this.#send(cursor.stream.ready);
  }

  /** Stops reading at the present position, or continues. */
  pause(isPaused: boolean): void {
    const continues = !this.#room && !isPaused;
    this.#room = !isPaused;
    if (continues) this.#pace.due(this.turn);
  }

  /** Reports progress if nothing else was delivered since the last time. */
  beat(): void {
    if (this.#silent && this.#room && !this.#replaying) {
      const { cursor, stream } = this.#cursor;
      this.#send({ kind: 'bookmark', cursor, durable: stream.durable });
    }
    this.#silent = true;
  }

  readonly turn: Turn = () => {
    if (this.#running) return 0;
    this.#running = true;
    let items = 0;
    try {
      items = this.#read();
    } catch (error) {
      this.#out.error(error);
    }
    this.#running = false;
    return items;
  };

  #read(): number {
    const { block: most, bytes, held, archived } = this.#pace;
    const cursor = this.#cursor;
    let all = 0;
    for (let spent = 0; this.#room && !this.#out.closed;) {
      if (spent >= 1) {
        this.#flush();
        this.#out.add(this.#pace.later(this.turn));
        break;
      }
      const from = cursor.position;
      const before = this.#meter.items;
      // Catching-up readers read the same blocks, so that they share the encoded bytes.
      const block = Math.max(1, Math.min(most, Math.floor(READ / this.#cost)));
      const chunk = cursor.read(block - (from % block), bytes?.());
      const { events, gap } = chunk;
      const passed = cursor.position - from;
      // With routed events, the position also moves over the others.
      const looked = Math.max(1, Math.min(block, chunk.looked ?? passed));
      const items = looked * this.#meter.each + this.#meter.items - before;
      all += items;
      this.#cost = items / looked;
      spent += Math.max(1, items / most) / (chunk.archived ? archived : held);
      this.#take(events, events.length * 2 >= passed);
      if (gap !== undefined) {
        this.#flush();
        this.#send(gapFrame(gap, cursor.stream.epoch));
      }
      if (!cursor.caughtUp) continue;
      this.#flush();
      // Listeners may have appended more.
      if (!cursor.caughtUp) continue;
      this.#caughtUp();
      break;
    }
    return all;
  }

  /** Delivers events; gathers them first if few among many match. */
  #take(events: readonly EngineEvent[], many: boolean): void {
    if (!many) for (const event of events) this.#gathered.push(event);
    // A subscriber's names follow a rename once it is delivered, and the next read depends on them.
    const renamed = events.at(-1)?.action === 'rename';
    if (many || renamed || this.#gathered.length >= this.#pace.block) this.#flush();
    if (many && events.length > 0) this.#send({ kind: 'events', events });
  }

  #flush(): void {
    const events = this.#gathered;
    if (events.length === 0) return;
    this.#gathered = [];
    this.#send({ kind: 'events', events });
  }

  #caughtUp(): void {
    const cursor = this.#cursor;
    if (this.#replaying) this.#send({ kind: 'replay-end', cursor: cursor.cursor });
    this.#replaying = false;
    if (this.#out.closed) return;
    if (cursor.ended !== undefined) {
      this.#send({ kind: 'end', reason: cursor.ended, cursor: cursor.cursor });
      this.#out.complete();
    } else if (this.#live === undefined) cursor.wait(() => this.#pace.due(this.turn));
    else {
      // The delivery is not needed any more.
      cursor.handOver(this.#live);
      this.#out.complete();
    }
  }

  #send(part: Batch): void {
    this.#silent = false;
    this.#out.next(part);
  }
}

/**
 * Pace within this process: delivers at once, and yields to others after some blocks from
 * the archive: some milliseconds.
 */
export function promptly(scheduler: SchedulerLike): Pace {
  return {
    ...{ block: 1024, held: Number.POSITIVE_INFINITY, archived: 8 },
    due: (turn) => void turn(),
    later: (turn) => scheduler.schedule(() => void turn()),
  };
}

/** Items of all deliveries in one round, and of one more turn: some milliseconds. */
const ROUND = 8192;

/**
 * Pace of connections: each delivery with pending work gets one turn in each round of the event
 * loop. Events of one round go out in one write, and a client with endless work does not delay
 * others. A round costs a constant number of items, whatever the number of deliveries.
 *
 * @param bytes most bytes of one delivery at once: see {@link Pace}
 */
export function inRounds(
  scheduler: SchedulerLike,
  bytes?: () => number,
  later: (round: () => void) => void = setImmediate,
): Pace {
  let due = new Set<Turn>();
  const round = (): void => {
    const now = due;
    due = new Set();
    let items = 0;
    for (const turn of now) {
      if (items >= ROUND) break;
      now.delete(turn);
      items += turn();
    }
    if (now.size === 0) return;
    // Deliveries without a turn come first in the next round.
    if (due.size === 0) later(round);
    due = new Set([...now, ...due]);
  };
  const inTurn = (turn: Turn): undefined => {
    if (due.size === 0) later(round);
    due.add(turn);
  };
  const beats = interval(BOOKMARK_EVERY, scheduler).pipe(share());
  // Some tens of kilobytes at a time.
  const size = { block: 128, held: 32, archived: 32, ...(bytes && { bytes }) };
  return { ...size, beats, due: inTurn, later: inTurn };
}

/** Longest silence of a reader before a bookmark: in ms. */
export const BOOKMARK_EVERY = 15_000;
