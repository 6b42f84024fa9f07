/** A part of the daemon, and what the parts share while they start. */
import { asyncScheduler, type SchedulerLike } from 'rxjs';
import { type Collector, type CollectorOptions, createCollector } from '../collector/collector.ts';
import type { ContainerState } from '../../operators/container-state.ts';
import { Identities } from '../engines/identities.ts';
import type { Containers } from '../handlers/containers.ts';
import { Descriptions } from '../handlers/descriptions.ts';
import type { RulesStatus } from '../handlers/rules/index.ts';
import type { Journal } from '../journal/journal.ts';
import type { Lock } from '../lock.ts';
import { type Log, silent } from '../log.ts';
import type { Monitor } from '../monitor/monitor.ts';
import type { EngineReport } from '../server/index.ts';
import { Newness } from './newness.ts';
import type { DaemonOptions } from './options.ts';

/** Ends a part. */
export type Stop = () => void | Promise<void>;

/**
 * Starts one part, and gives back what ends it. Parts start in the order of the list in `parts.ts` and end in the
 * reverse; when one fails, those before it are ended.
 */
export type Part = (daemon: Building) => Stop | undefined | Promise<Stop | undefined>;

/** The journal as the other parts know it. */
export type DaemonJournal = Pick<Journal, 'status' | 'containersAt' | 'states'>;

/** Rules that can be read again: see `RulesFromFile`. */
interface ReloadableRules {
  readonly status: RulesStatus;
  reload(): void;
}

/** The common state of one daemon's parts. */
export class Building {
  readonly options: DaemonOptions;
  readonly log: Log;
  readonly scheduler: SchedulerLike;
  /** Held on the state directory once that part has started. */
  lock: Lock | undefined;
  /** Reads the FIFO once that part has started. */
  monitor: Monitor | undefined;
  /** Where it listens, as far as it does. */
  readonly endpoints: string[] = [];
  /** What the collector is made with: a part that comes before the first use may add to it. */
  collectorOptions: CollectorOptions;
  /** How it stands with each engine, by its name and endpoint. */
  readonly engines: Map<string, EngineReport> = new Map();
  /** Which events of engines are new, and which are kept from the time before. */
  readonly newness: Newness = new Newness();
  /** Of all engines that are followed. */
  readonly identities: Identities = new Identities();
  /** The description table: it completes events of the FIFO. */
  readonly descriptions: Descriptions = new Descriptions();
  /** Written once that part has started, where there is a data directory that can be written. */
  journal: DaemonJournal | undefined;
  /** The states of containers as the daemon before this one left them. */
  recorded: readonly ContainerState[] = [];
  /** The containers of all engines, once that part has started. */
  containers: Containers | undefined;
  /** Carries rules out once that part has started, where there are any. */
  rules: ReloadableRules | undefined;
  #collector: Collector | undefined;

  constructor(options: DaemonOptions) {
    this.options = options;
    this.log = options.log ?? silent;
    this.scheduler = options.scheduler ?? asyncScheduler;
    const { limit = 100_000, limitBytes = 64 * 2 ** 20 } = options;
    this.collectorOptions = { limit, limitBytes, scheduler: this.scheduler, log: this.log };
  }

  /** Made on first use. */
  get collector(): Collector {
    return (this.#collector ??= createCollector(this.collectorOptions));
  }
}
