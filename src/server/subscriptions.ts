/** The subscriptions of all protocols: their limit, and their lag. */
import {
  catchError,
  EMPTY,
  finalize,
  type Observable,
  type SchedulerLike,
  tap,
  type Unsubscribable,
} from 'rxjs';
import type { Collector } from '../collector/collector.ts';
import { deliver, inRounds, type Meter, type Pace } from '../collector/delivery.ts';
import type { Batch } from '../collector/frames.ts';
import type { Query } from '../collector/query.ts';
import type { StreamCursor } from '../collector/stream-cursor.ts';
import { type Log, silent } from '../log.ts';
import { ClientMemory } from './client-memory.ts';
import type { Limits } from './client-limits.ts';
import { clientNames } from './names/index.ts';

/** Receiver of a client's frames. */
export interface Client {
  /** Sends a part. An error that it throws ends this subscription alone, with the reason `error`. */
  take(part: Batch): void;
  /** True while bytes wait for the client: then nothing more is read. */
  readonly paused: Observable<boolean>;
  /** The memory that it still needs because it could not send everything of the last write. */
  held(): ArrayBufferLike | undefined;
  /** Closes the connection without a message. */
  cutOff(): void;
}

/** An open subscription that has not started yet. */
export interface Subscription {
  /** Starts the delivery; events come later. Unsubscribing frees the place. */
  start(client: Client): Unsubscribable;
}

/** All places are taken: answer with 429, RESOURCE_EXHAUSTED or the like. */
export class TooManySubscriptions extends Error {
  override readonly name = 'TooManySubscriptions';
}

/** Statistics of one protocol's subscriptions. */
export interface ProtocolStatus {
  readonly open: number;
  /** Count of events that the slowest of them is behind. */
  readonly lag: number;
  /** Count of refusals because all places were taken. */
  readonly refused: number;
  /** Count of gaps reported to clients that were too slow or came back too late. */
  readonly gaps: number;
}

type Status = { -readonly [Key in keyof ProtocolStatus]: ProtocolStatus[Key] };

export class Subscriptions {
  /** Memory held by all clients. */
  readonly memory: ClientMemory;
  readonly #limits: Limits;
  readonly #log: Log;
  readonly #collector: Pick<Collector, 'reader'>;
  readonly #pace: Pace;
  /** The protocol of each cursor. */
  readonly #open = new Map<StreamCursor, string>();
  /** Counts by protocol; open subscriptions are counted on request. */
  readonly #counts = new Map<string, Status>();

  /**
   * @param scheduler the clock of bookmarks
   * @param clientBytes most bytes that may wait for all clients together
   * @param log reports clients whose delivery fails
   */
  constructor(
    collector: Pick<Collector, 'reader'>,
    limits: Limits,
    scheduler: SchedulerLike,
    clientBytes: number = 64 * 2 ** 20,
    log: Log = silent,
  ) {
    this.#log = log;
    this.memory = new ClientMemory(clientBytes);
    this.#collector = collector;
    this.#limits = limits;
    // The less room is left, the smaller the blocks: clients that all stall leave some.
    this.#pace = inRounds(scheduler, () => (clientBytes - this.memory.bytes) / 32);
  }

  /** Most open subscriptions at a time, of all protocols together. */
  get limit(): number {
    return this.#limits.of('subscriptions');
  }

  /** Bytes that each subscription may hold if all are open. */
  get share(): number {
    return this.memory.limit / this.limit;
  }

  /**
   * Opens a subscription.
   *
   * @throws RangeError if the query is invalid, or exceeds the limits
   * @throws TooManySubscriptions if all places are taken
   */
  open(protocol: string, query: Query): Subscription {
    const counts = this.#countsOf(protocol);
    if (this.#open.size >= this.limit) {
      counts.refused++;
      this.#limits.refused('subscriptions');
      throw new TooManySubscriptions(
        `too many subscriptions: all ${this.limit} places are taken; end one or try again later`,
      );
    }
    const meter = meterOf(query);
    const cursor = this.#collector.reader(bounded(query, this.#limits, meter));
    this.#open.set(cursor, protocol);
    return { start: (client) => this.#start(cursor, counts, client, meter) };
  }

  /**
   * Ends the subscriptions of a protocol: pending events can still be read, then they end with
   * `shutdown`.
   */
  end(protocol: string): void {
    for (const [cursor, its] of this.#open) if (its === protocol) cursor.end('shutdown');
  }

  /** Statistics by protocol, of every protocol with a subscription so far. */
  status(): ReadonlyMap<string, ProtocolStatus> {
    const found = new Map([...this.#counts].map(([protocol, counts]) => [protocol, { ...counts }]));
    for (const [{ lag }, protocol] of this.#open) {
      const status = found.get(protocol) as Status;
      status.open++;
      status.lag = Math.max(status.lag, lag);
    }
    return found;
  }

  #start(cursor: StreamCursor, counts: Status, client: Client, meter?: Meter): Unsubscribable {
    const { memory } = this;
    const log = (err: unknown): void => {
      const protocol = this.#open.get(cursor);
      this.#log.error({ err, protocol, cursor: cursor.cursor }, 'the delivery to a client failed');
    };
    const take = (part: Batch): void => {
      if (part.kind === 'gap') counts.gaps++;
      client.take(part);
      const held = part.kind === 'events' ? client.held() : undefined;
      if (held !== undefined) memory.hold(client, held);
    };
    const end = (error: unknown): Observable<never> => {
      log(error);
      const message = error instanceof Error ? { message: error.message } : {};
      client.take({ kind: 'end', reason: 'error', cursor: cursor.cursor, ...message });
      return EMPTY;
    };
    const resumed = (isPaused: boolean): void => (isPaused ? undefined : memory.release(client));
    const free = (): void => {
      memory.release(client);
      this.#open.delete(cursor);
    };
    return deliver(cursor, { pace: this.#pace, meter, paused: client.paused.pipe(tap(resumed)) })
      .pipe(tap(take), catchError(end), finalize(free))
      .subscribe({ error: log });
  }

  #countsOf(protocol: string): Status {
    let counts = this.#counts.get(protocol);
    if (counts === undefined) this.#counts.set(protocol, (counts = { open: 0, lag: 0, refused: 0, gaps: 0 }));
    return counts;
  }
}

/** Count of filter values that cost as much as an event. */
const VALUES = 8;

/**
 * Cost of a glob's character for one event, in items: it may be compared with each of 4,096
 * characters.
 */
const GLOB = 8;

/** Makes the meter of a query's cost; undefined if it costs one item for each event. */
function meterOf({ name, filters }: Query): Meter | undefined {
  const values = valuesOf(filters) / VALUES + globsOf(filters) * GLOB;
  return name === undefined && values < 1 ? undefined : { items: 0, each: 1 + values };
}

/** Count of characters in globs that are more than a prefix. */
function globsOf(filters: Query['filters']): number {
  const globs = Object.entries(filters ?? {}).flatMap(([key, list]) => (key.endsWith('~') ? list : []));
  return globs.reduce((sum, glob) => sum + (/[*?[]./s.test(glob) ? glob.length : 0), 0);
}

function valuesOf(filters: Query['filters']): number {
  return Object.values(filters ?? {}).reduce((sum, list) => sum + list.length, 0);
}

/** Limits a client's query. @throws RangeError if it exceeds the limits */
function bounded(query: Query, limits: Limits, meter?: Meter): Query {
  const { name, filters } = query;
  checkFilters(filters, limits);
  return { ...query, name: name === undefined ? undefined : clientNames([name].flat(), limits, meter) };
}

/** @throws RangeError if filters have more values than a client may send */
export function checkFilters(filters: Query['filters'], limits: Limits): void {
  limits.check('filterValues', valuesOf(filters));
}
