/** A part of the daemon, and the state that the parts share while they start. */
import { asyncScheduler, map, type Observable, type SchedulerLike, type Subscription } from 'rxjs';
import { type Collector, createCollector } from '../collector/collector.ts';
import type { CollectorOptions } from '../collector/stream.ts';
import type { ContainerState } from '../../operators/container-state.ts';
import { Identities } from '../engines/identities.ts';
import type { IncomingEvent } from '../event.ts';
import type { Containers } from '../handlers/containers.ts';
import { Descriptions } from '../handlers/descriptions.ts';
import type { RulesStatus } from '../handlers/rules/index.ts';
import type { Journal } from '../journal/journal.ts';
import type { Lock } from '../lock.ts';
import { type Log, silent } from '../log.ts';
import type { Monitor } from '../monitor/monitor.ts';
import type { EngineReport } from '../server/index.ts';
import type { ForwarderStatus } from '../forward/status.ts';
import { Newness } from './newness.ts';
import type { DaemonOptions } from './options.ts';

/** Ends a part. */
export type Stop = () => void | Promise<void>;

/**
 * Starts one part, and returns the function that ends it. Parts start in the order of the list in
 * `parts.ts` and end in reverse; if one fails, the parts before it are ended.
 */
export type Part = (daemon: DaemonState) => Stop | undefined | Promise<Stop | undefined>;

/** The journal, as the other parts use it. */
export type DaemonJournal = Pick<Journal, 'status' | 'containersAt' | 'states' | 'newestOf' | 'hasLost'>;

/** Rules that can be reloaded: see `RulesFromFile`. */
interface ReloadableRules {
  readonly status: RulesStatus;
  reload(): void;
}

/** Forwarders that can be reloaded: see `ForwardersFromFile`. */
interface ReloadableForwarders {
  readonly status: readonly ForwarderStatus[];
  reload(): void;
}

/** The common state of one daemon's parts. */
export class DaemonState {
  readonly options: DaemonOptions;
  readonly log: Log;
  readonly scheduler: SchedulerLike;
  /** The lock of the state directory, set by its part. */
  lock: Lock | undefined;
  /** The reader of the FIFO, set by its part. */
  monitor: Monitor | undefined;
  /** Endpoints of the sockets so far. */
  readonly endpoints: string[] = [];
  /** Options of the collector: a part that starts before its first use may change them. */
  collectorOptions: CollectorOptions;
  /** Status of each engine, by its name and endpoint. */
  readonly engines: Map<string, EngineReport> = new Map();
  /** Distinguishes new events of engines from replayed ones. */
  readonly newness: Newness = new Newness();
  /** Identities of the followed engines. */
  readonly identities: Identities = new Identities();
  /** The description table: it completes events before they are numbered. */
  readonly descriptions: Descriptions = new Descriptions();
  /** The journal, set by its part if there is a writable data directory. */
  journal: DaemonJournal | undefined;
  /** The states of containers that the previous daemon left. */
  recorded: readonly ContainerState[] = [];
  /** The containers of all engines, set by their part. */
  containers: Containers | undefined;
  /** The runner of rules, set by its part if there are rules. */
  rules: ReloadableRules | undefined;
  /** The forwarders, set by their part if there are any. */
  forwarders: ReloadableForwarders | undefined;
  #collector: Collector | undefined;

  constructor(options: DaemonOptions) {
    this.options = options;
    this.log = options.log ?? silent;
    this.scheduler = options.scheduler ?? asyncScheduler;
    const { limit = 100_000, limitBytes = 64 * 2 ** 20 } = options;
    this.collectorOptions = { limit, limitBytes, scheduler: this.scheduler, log: this.log };
  }

  /** Attaches a source to the collector: its events are completed by the description table. */
  attach(source: Observable<IncomingEvent | readonly IncomingEvent[]>): Subscription {
    return this.collector.attach(
      source.pipe(map((found) => (isList(found) ? this.#completeAll(found) : this.#complete(found)))),
    );
  }

  /** The same list if all of its events are completed in place. */
  #completeAll(events: readonly IncomingEvent[]): readonly IncomingEvent[] {
    let all: IncomingEvent[] | undefined;
    for (let i = 0; i < events.length; i++) {
      const event = events[i] as IncomingEvent;
      const completed = this.#complete(event);
      if (completed !== event) (all ??= [...events])[i] = completed;
    }
    return all ?? events;
  }

  #complete(event: IncomingEvent): IncomingEvent {
    try {
      return this.descriptions.complete(event);
    } catch (err) {
      // A source that fails would never be followed again.
      this.log.error({ err, id: event.id }, 'an event could not be completed');
      return event;
    }
  }

  /** The collector, created on first use. */
  get collector(): Collector {
    return (this.#collector ??= createCollector(this.collectorOptions));
  }
}

function isList(found: IncomingEvent | readonly IncomingEvent[]): found is readonly IncomingEvent[] {
  return Array.isArray(found);
}
