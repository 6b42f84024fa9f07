/** Replay, then live: the one place where a cursor's events, gaps and end go to whoever wants them. */
import { interval, Observable, share, type SchedulerLike, type Subscription } from 'rxjs';
import type { EngineEvent } from '../event.ts';
import type { Span } from './archive.ts';
import type { Listener } from './listeners.ts';
import { alone, report } from './report.ts';
import type { EndReason, StreamCursor } from './stream-cursor.ts';

/**
 * Where a delivery goes. Each function but `end` says whether more can be taken right away; after a `false`, nothing
 * comes until {@link Delivery.resume}.
 */
export interface Outlet {
  /** Events in order: one at least. */
  events(events: readonly EngineEvent[]): boolean;
  /** Events that this reader can no longer have. */
  gap(gap: Span): boolean;
  /** All that was held when it began has been delivered. Default: not of interest. */
  replayed?(cursor: string): boolean;
  /** Nothing came for a while; so far has been read. Default: not of interest. */
  bookmark?(cursor: string): boolean;
  /** Nothing more will come. `error`: what one of these functions threw; it is not called in any other way then. */
  end(reason: EndReason, cursor: string, error?: unknown): void;
  /** There is room again. Default: not of interest. */
  resumed?(): void;
  /** The delivery is over, in whatever way. Default: not of interest. */
  closed?(): void;
  /** Is told of what comes, once the replay is over. Default: what comes is read, too. */
  readonly live?: Listener;
}

/** When deliveries get their turns, and how long these are. */
export interface Pace {
  /** Events that are read, and delivered, in one go at most. */
  readonly block: number;
  /** Blocks from memory, and from the archive, that are looked at in one turn. */
  readonly held: number;
  readonly archived: number;
  /** Emits whenever a silent delivery should tell of its progress. */
  readonly beats?: Observable<unknown>;
  /** There is something to deliver: takes a turn, now or later. */
  due(delivery: Delivery): void;
  /** There is more, after others have had their turns. */
  later(delivery: Delivery): Subscription | undefined;
}

/** What a query costs, in items: see {@link Delivery}. */
export interface Meter {
  /** Items that its patterns have cost so far. */
  items: number;
  /** Items that each event costs besides. */
  readonly each: number;
}

/** Items that one read may cost, as far as the last one tells: some tens of microseconds. */
const READ = 512;

export class Delivery {
  readonly #cursor: StreamCursor;
  readonly #outlet: Outlet;
  readonly #pace: Pace;
  readonly #meter: Meter;
  /** Items that an event cost in the last read. */
  #cost: number;
  readonly #beats: Subscription | undefined;
  #later: Subscription | undefined;
  #room = true;
  #running = false;
  #replaying = true;
  #silent = true;
  /** Read in this turn, and not delivered yet. */
  #gathered: EngineEvent[] = [];
  #closed = false;

  /**
   * Begins with the next turn. The cursor is closed with the delivery.
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

  /** There is room again. */
  resume(): void {
    if (this.#room || this.#closed) return;
    this.#room = true;
    this.#outlet.resumed?.();
    this.#pace.due(this);
  }

  /** Nothing more is wanted for now: reading stops where it is. */
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

  /** From the pace: reads and delivers. @returns the items that it cost: events looked at, and what they cost besides */
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

  /** What the outlet throws ends this delivery, and no other. */
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
      // Readers that catch up read the same blocks, so that the same bytes serve them all.
      const block = Math.max(1, Math.min(this.#pace.block, Math.floor(READ / this.#cost)));
      const chunk = this.#cursor.read(block - (from % block));
      // Where events are routed, the position moves over others.
      const looked = Math.max(1, Math.min(block, chunk.looked ?? this.#cursor.position - from));
      const items = looked * this.#meter.each + this.#meter.items - before;
      all += items;
      this.#cost = items / looked;
      const blocks = chunk.archived ? archived : held;
      spent += Math.max(1, items / this.#pace.block) / blocks;
      this.#take(chunk.events, chunk.events.length * 2 >= this.#cursor.position - from);
      if (chunk.gap !== undefined) this.#gap(chunk.gap);
      // Those that are told may have appended more.
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

  /** Delivers events: those that are few among many are gathered first. */
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

  /** Tells of progress if nothing else was delivered since the last time. */
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
    // What has been read is delivered, room or not: once there was none, the outlet says when there is again.
    this.#room &&= room;
  }
}

/** In this process: at once, and after each block from the archive others get a turn. */
export function promptly(scheduler: SchedulerLike): Pace {
  return {
    ...{ block: 1024, held: Number.POSITIVE_INFINITY, archived: 1 },
    due: (delivery) => void delivery.turn(),
    later: (delivery) => scheduler.schedule(() => delivery.turn()),
  };
}

/** Items of all deliveries in one round, and those of one turn more: some milliseconds. */
const ROUND = 8192;

/**
 * For connections: those that have something to do get one turn in each round of the event loop, so that what happens
 * within a round goes out in one write, and one that can take for ever never keeps others waiting. A round costs a
 * constant number of items, however many there are.
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
    // Those that have had no turn come first in the next round.
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

/** How long a reader stays without a word: in ms. */
export const BOOKMARK_EVERY = 15_000;

/**
 * The events of a cursor without hole or repeat, read or told of: one position moves over the stream.
 *
 * @param pace of the replay
 * @param onGap told what can no longer be had
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
