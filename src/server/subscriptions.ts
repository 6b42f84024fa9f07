/** The subscriptions of all protocols: how many there may be, and how far they lag. */
import type { Collector } from '../collector/collector.ts';
import type { Query } from '../collector/query.ts';
import type { Reader } from '../collector/reader.ts';
import type { Limits } from './limits.ts';
import { clientNames } from './names/index.ts';

/** One open subscription. */
export interface Lease {
  readonly protocol: string;
  readonly reader: Reader;
  /** Counts a gap that its client was told of. */
  lost(): void;
  /** Closes it; later calls change nothing. */
  release(): void;
}

/** All places are taken: to be answered with 429, RESOURCE_EXHAUSTED or the like. */
export class TooManySubscriptions extends Error {
  override readonly name = 'TooManySubscriptions';
}

/** What the subscriptions of one protocol come to. */
export interface ProtocolStatus {
  readonly open: number;
  /** Events that the slowest of them is behind. */
  readonly lag: number;
  /** How many were refused because all places were taken. */
  readonly refused: number;
  /** Gaps that clients were told of, because they were too slow or came back too late. */
  readonly gaps: number;
}

type Status = { -readonly [Key in keyof ProtocolStatus]: ProtocolStatus[Key] };

export class Subscriptions {
  readonly #collector: Pick<Collector, 'reader'>;
  readonly #limits: Limits;
  readonly #open = new Set<Lease>();
  /** What is counted by protocol; what is open is looked at when it is asked for. */
  readonly #counts = new Map<string, Status>();

  constructor(collector: Pick<Collector, 'reader'>, limits: Limits) {
    this.#collector = collector;
    this.#limits = limits;
  }

  /** How many may be open at a time, of all protocols together. */
  get limit(): number {
    return this.#limits.of('subscriptions');
  }

  /**
   * Opens one.
   *
   * @throws RangeError if the query is invalid, or asks for more than the limits allow
   * @throws TooManySubscriptions if all places are taken
   */
  open(protocol: string, query: Query): Lease {
    if (this.#open.size >= this.limit) {
      this.#countsOf(protocol).refused++;
      this.#limits.refused('subscriptions');
      throw new TooManySubscriptions(
        `too many subscriptions: all ${this.limit} places are taken; end one or try again later`,
      );
    }
    const reader = this.#collector.reader(bounded(query, this.#limits));
    this.#countsOf(protocol);
    const lease: Lease = {
      protocol,
      reader,
      lost: () => void this.#countsOf(protocol).gaps++,
      release: () => {
        reader.close();
        this.#open.delete(lease);
      },
    };
    this.#open.add(lease);
    return lease;
  }

  /** Ends those of a protocol: what is due by now can still be read, then they say `shutdown`. */
  end(protocol: string): void {
    for (const lease of this.#open) if (lease.protocol === protocol) lease.reader.end('shutdown');
  }

  /** By protocol, of those that have or had any. */
  status(): ReadonlyMap<string, ProtocolStatus> {
    const found = new Map([...this.#counts].map(([protocol, counts]) => [protocol, { ...counts }]));
    for (const { protocol, reader } of this.#open) {
      const status = found.get(protocol) as Status;
      status.open++;
      status.lag = Math.max(status.lag, reader.lag);
    }
    return found;
  }

  #countsOf(protocol: string): Status {
    let counts = this.#counts.get(protocol);
    if (counts === undefined) this.#counts.set(protocol, (counts = { open: 0, lag: 0, refused: 0, gaps: 0 }));
    return counts;
  }
}

/** A query of a client, within the limits. @throws RangeError if it asks for more */
function bounded(query: Query, limits: Limits): Query {
  const { name, filters } = query;
  checkFilters(filters, limits);
  return { ...query, name: name === undefined ? undefined : clientNames([name].flat(), limits) };
}

/** @throws RangeError if filters have more values than a client may ask for */
export function checkFilters(filters: Query['filters'], limits: Limits): void {
  const values = Object.values(filters ?? {}).reduce((sum, list) => sum + list.length, 0);
  limits.check('filterValues', values);
}
