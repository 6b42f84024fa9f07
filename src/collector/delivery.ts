/** Replay, then live: the one place that delivers a cursor's events, gaps and end. */
import { interval, Observable, share, type SchedulerLike, type Subscription } from 'rxjs';
import type { EngineEvent } from '../event.ts';
import type { Span } from './archive.ts';
import type { Listener } from './listeners.ts';
import { alone, report } from './report.ts';
import type { EndReason, StreamCursor } from './stream-cursor.ts';

/**
 * Receiver of a delivery. Each function but `end` returns true if it can take more at once; after a
 * `false`, nothing comes until {@link Delivery.resume}.
 */
export interface Outlet {
  /** Takes events in order, at least one. */
  events(events: readonly EngineEvent[]): boolean;
  /** Takes a gap: events that this reader can no longer receive. */
  gap(gap: Span): boolean;
  /** Called after the replay of all events held at the start. Optional. */
  replayed?(cursor: string): boolean;
  /** Called after some time of silence, with the position read so far. Optional. */
  bookmark?(cursor: string): boolean;
  /**
   * Called at the end. `error`: an error that one of these functions threw; `end` is then called in
   * no other way.
   */
  end(reason: EndReason, cursor: string, error?: unknown): void;
  /** Called when there is room again. Optional. */
  resumed?(): void;
  /** Called when the delivery is over for any reason. Optional. */
  closed?(): void;
  /** Gets live events directly after the replay. Default: live events are read, too. */
  readonly live?: Listener;
}

/** Schedule of deliveries: their turns, and the size of a turn. */
export interface Pace {
  /** Most events read and delivered at once. */
  readonly block: number;
  /** Most blocks read in one turn, from memory and from the archive. */
  readonly held: number;
  readonly archived: number;
  /** Emits when a silent delivery should report its progress. */
  readonly beats?: Observable<unknown>;
  /** Called when there is something to deliver: schedules a turn, now or later. */
  due(delivery: Delivery): void;
  /** Called when there is more: schedules a turn after those of others. */
  later(delivery: Delivery): Subscription | undefined;
}

/** Cost of a query, in items: see {@link Delivery}. */
export interface Meter {
  /** Items used by its patterns so far. */
  items: number;
  /** Items for each event in addition. */
  readonly each: number;
}

/** Most items of one read, estimated from the last read: some tens of microseconds. */
const READ = 512;

export class Delivery {
  readonly #cursor: StreamCursor;
  readonly #outlet: Outlet;
  readonly #pace: Pace;
  readonly #meter: Meter;
  /** Items for each event in the last read. */
  #cost: number;
  readonly #beats: Subscription | undefined;
  #later: Subscription | undefined;
  #room = true;
  #running = false;
  #replaying = true;
  #silent = true;
  /** Events read in this turn and not delivered yet. */
  #gathered: EngineEvent[] = [];
  #closed = false;

  /**
   * Starts in the next turn. The cursor closes with the delivery.
   *
   * @param meter counts the items that the query costs. Default: one for each event
   */
  constructor(cursor: StreamCursor, outlet: Outlet, pace: Pace, meter?: Meter) {
    this.#cursor = cursor;
    this.#outlet = outlet;
    this.#pace = pace;
    this.#meter = meter ?? { items: 0, each: 1 };
    this.#cost = meter === undefined ? 1 : READ;
    this.#beats = pace.beats?.subscribe(() => this.#beat());
  }

  /** Continues: there is room again. */
  resume(): void {
    if (this.#room || this.#closed) return;
    this.#room = true;
    this.#outlet.resumed?.();
    this.#pace.due(this);
  }

  /** Stops reading for now, at the present position. */
  pause(): void {
    this.#room = false;
  }

  /** Ends it at once. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#cursor.close();
    this.#beats?.unsubscribe();
    this.#later?.unsubscribe();
    this.#outlet.closed?.();
  }

  /**
   * Called by the pace: reads and delivers.
   *
   * @returns the cost in items: examined events, plus the meter's items
   */
  turn(): number {
    if (this.#running) return 0;
    this.#running = true;
    let items = 0;
    try {
      items = this.#read();
    } catch (error) {
      this.#fail(error);
    }
    this.#running = false;
    return items;
  }

  /** An error of the outlet only ends this delivery. */
  #fail(error: unknown): void {
    if (this.#closed) return report(error);
    const { cursor } = this.#cursor;
    alone(() => this.close());
    alone(() => this.#outlet.end('error', cursor, error));
  }

  #read(): number {
    const { held, archived } = this.#pace;
    let all = 0;
    for (let spent = 0; this.#room && !this.#closed;) {
      if (spent >= 1) {
        this.#flush();
        this.#later = this.#pace.later(this);
        return all;
      }
      const from = this.#cursor.position;
      const before = this.#meter.items;
      // Catching-up readers read the same blocks, so that they share the encoded bytes.
      const block = Math.max(1, Math.min(this.#pace.block, Math.floor(READ / this.#cost)));
      const chunk = this.#cursor.read(block - (from % block));
      // With routed events, the position also moves over the others.
      const looked = Math.max(1, Math.min(block, chunk.looked ?? this.#cursor.position - from));
      const items = looked * this.#meter.each + this.#meter.items - before;
      all += items;
      this.#cost = items / looked;
      const blocks = chunk.archived ? archived : held;
      spent += Math.max(1, items / this.#pace.block) / blocks;
      this.#take(chunk.events, chunk.events.length * 2 >= this.#cursor.position - from);
      if (chunk.gap !== undefined) this.#gap(chunk.gap);
      // Listeners may have appended more.
      if (this.#cursor.caughtUp) {
        this.#flush();
        if (this.#cursor.caughtUp) {
          this.#caughtUp();
          return all;
        }
      }
    }
    return all;
  }

  /** Delivers events; gathers them first if few among many match. */
  #take(events: readonly EngineEvent[], many: boolean): void {
    if (!many) {
      for (const event of events) this.#gathered.push(event);
      if (this.#gathered.length < this.#pace.block) return;
    }
    this.#flush();
    if (many && events.length > 0) this.#sent(this.#outlet.events(events));
  }

  #flush(): void {
    const gathered = this.#gathered;
    if (gathered.length === 0 || this.#closed) return;
    this.#gathered = [];
    this.#sent(this.#outlet.events(gathered));
  }

  #gap(gap: Span): void {
    this.#flush();
    if (!this.#closed) this.#sent(this.#outlet.gap(gap));
  }

  #caughtUp(): void {
    const cursor = this.#cursor;
    const outlet = this.#outlet;
    if (this.#replaying && !this.#closed) {
      this.#replaying = false;
      this.#sent(outlet.replayed?.(cursor.cursor) ?? true);
    }
    if (this.#closed) return;
    if (cursor.ended !== undefined) {
      const { ended, cursor: last } = cursor;
      this.close();
      outlet.end(ended, last);
    } else if (outlet.live === undefined) cursor.wait(() => this.#pace.due(this));
    else cursor.handOver(outlet.live, () => outlet.end('shutdown', cursor.cursor));
  }

  /** Reports progress if nothing else was delivered since the last time. */
  #beat(): void {
    const silent = this.#silent;
    this.#silent = true;
    if (!silent || !this.#room || this.#replaying || this.#closed) return;
    try {
      this.#sent(this.#outlet.bookmark?.(this.#cursor.cursor) ?? true);
    } catch (error) {
      this.#fail(error);
    }
    this.#silent = true;
  }

  #sent(room: boolean): void {
    this.#silent = false;
    // Events already read are delivered even without room; after that, the outlet has to signal
    // room.
    this.#room &&= room;
  }
}

/**
 * Pace within this process: delivers at once, and yields to others after each block from the
 * archive.
 */
export function promptly(scheduler: SchedulerLike): Pace {
  return {
    ...{ block: 1024, held: Number.POSITIVE_INFINITY, archived: 1 },
    due: (delivery) => void delivery.turn(),
    later: (delivery) => scheduler.schedule(() => delivery.turn()),
  };
}

/** Items of all deliveries in one round, and of one more turn: some milliseconds. */
const ROUND = 8192;

/**
 * Pace of connections: each delivery with pending work gets one turn in each round of the event
 * loop. Events of one round go out in one write, and a client with endless work does not delay
 * others. A round costs a constant number of items, whatever the number of deliveries.
 */
export function inRounds(scheduler: SchedulerLike, later: (round: () => void) => void = setImmediate): Pace {
  let due = new Set<Delivery>();
  const round = (): void => {
    const now = due;
    due = new Set();
    let items = 0;
    for (const each of now) {
      if (items >= ROUND) break;
      now.delete(each);
      items += each.turn();
    }
    if (now.size === 0) return;
    // Deliveries without a turn come first in the next round.
    if (due.size === 0) later(round);
    due = new Set([...now, ...due]);
  };
  const turn = (delivery: Delivery): undefined => {
    if (due.size === 0) later(round);
    due.add(delivery);
  };
  return {
    // Some tens of kilobytes at a time.
    ...{ block: 128, held: 32, archived: 32 },
    beats: interval(BOOKMARK_EVERY, scheduler).pipe(share()),
    due: turn,
    later: turn,
  };
}

/** Longest silence of a reader before a bookmark: in ms. */
export const BOOKMARK_EVERY = 15_000;

/**
 * The events of a cursor without hole or repeat, read or received live: one position moves over the
 * stream.
 *
 * @param pace of the replay
 * @param onGap called with each gap
 */
export function replayThenLive(
  cursor: StreamCursor,
  pace: Pace,
  onGap: (gap: Span) => void,
): Observable<EngineEvent> {
  return new Observable((subscriber) => {
    const outlet: Outlet = {
      events: (events) => {
        for (const event of events) subscriber.next(event);
        return !subscriber.closed;
      },
      gap: (gap) => {
        onGap(gap);
        return !subscriber.closed;
      },
      end: (reason, _, error) => (reason === 'error' ? subscriber.error(error) : subscriber.complete()),
      live: subscriber,
    };
    const delivery = new Delivery(cursor, outlet, pace);
    subscriber.add(() => delivery.close());
    delivery.turn();
  });
}
