/** One connection's reading: as much as it takes, when it takes it. Nothing is queued for it. */
import type { Span } from '../../collector/archive.ts';
import type { EndFrame } from '../../collector/frames.ts';
import type { EngineEvent } from '../../event.ts';
import type { Lease } from '../subscriptions.ts';

/**
 * Where a pump sends to. Each function but `end` says whether more can be taken right away; after a `false`, nothing
 * is sent until {@link Pump.resume}.
 */
export interface Outlet {
  /** Events in order: one at least, twice {@link BLOCK} at most. */
  events(events: readonly EngineEvent[]): boolean;
  /** What this reader can no longer have. */
  gap(gap: Span): boolean;
  /** All that was held when it began has been sent. Default: not of interest. */
  replayed?(cursor: string): boolean;
  /** Nothing was sent for a while; so far has been read. Default: not of interest. */
  bookmark?(cursor: string): boolean;
  /** Nothing more will come. */
  end(reason: EndFrame['reason'], cursor: string): void;
}

/** Events that are read, and sent, in one go at most: some tens of kilobytes. */
const BLOCK = 128;

/** Blocks that are looked at in one turn, before others get theirs. */
const TURN = 32;

export interface Turns {
  /** The pump would like a turn. */
  due(pump: Pump): void;
  closed(pump: Pump): void;
}

export class Pump {
  readonly #lease: Lease;
  readonly #outlet: Outlet;
  readonly #turns: Turns;
  #room = true;
  #replaying = true;
  #silent = true;
  /** Read in this turn, and not sent yet. */
  #gathered: EngineEvent[] = [];
  #closed = false;

  constructor(lease: Lease, outlet: Outlet, turns: Turns) {
    this.#lease = lease;
    this.#outlet = outlet;
    this.#turns = turns;
  }

  /** The connection can take more. */
  resume(): void {
    if (this.#room || this.#closed) return;
    this.#room = true;
    this.#turns.due(this);
  }

  /** Ends the reading at once; for when the connection is gone. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#lease.release();
    this.#turns.closed(this);
  }

  /** From {@link Pumps}: reads and sends. */
  turn(): void {
    const { reader } = this.#lease;
    for (let block = 0; this.#room && !this.#closed; block++) {
      if (block === TURN) {
        this.#flush();
        return this.#turns.due(this);
      }
      const from = reader.position;
      // Readers that catch up read the same blocks, so that the same bytes serve them all.
      const { events, gap, more } = reader.read(BLOCK - (from % BLOCK));
      this.#take(events, events.length * 2 >= reader.position - from);
      if (gap !== undefined) this.#gap(gap);
      if (!more) {
        this.#flush();
        return this.#caughtUp();
      }
    }
  }

  /** Sends events: those that are few among many are gathered first. */
  #take(events: readonly EngineEvent[], many: boolean): void {
    if (!many) {
      for (const event of events) this.#gathered.push(event);
      if (this.#gathered.length < BLOCK) return;
    }
    this.#flush();
    if (many && events.length > 0) this.#sent(this.#outlet.events(events));
  }

  #flush(): void {
    const gathered = this.#gathered;
    if (gathered.length === 0) return;
    this.#gathered = [];
    this.#sent(this.#outlet.events(gathered));
  }

  #gap(gap: Span): void {
    this.#flush();
    this.#lease.lost();
    this.#sent(this.#outlet.gap(gap));
  }

  /** From {@link Pumps}: tells of progress if nothing else was sent since the last time. */
  beat(): void {
    const silent = this.#silent;
    this.#silent = true;
    if (!silent || !this.#room || this.#replaying || this.#closed) return;
    this.#sent(this.#outlet.bookmark?.(this.#lease.reader.cursor) ?? true);
    this.#silent = true;
  }

  #caughtUp(): void {
    const { reader } = this.#lease;
    if (this.#replaying) {
      this.#replaying = false;
      this.#sent(this.#outlet.replayed?.(reader.cursor) ?? true);
    }
    if (reader.ended === undefined) return reader.wait(() => this.#turns.due(this));
    this.#outlet.end(reader.ended, reader.cursor);
    this.close();
  }

  #sent(room: boolean): void {
    this.#silent = false;
    // What has been read is sent, room or not: once there was none, it is for the connection to say when there is.
    this.#room &&= room;
  }
}
