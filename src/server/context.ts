/** What every protocol is given, and what it gives back: the seam between the listening side and the rest. */
import type { Observable, SchedulerLike } from 'rxjs';
import type { Explanation } from '../../operators/explanation.ts';
import type { Collector } from '../collector/collector.ts';
import type { EngineStatus } from '../engines/engine.ts';
import type { Containers } from '../handlers/containers.ts';
import type { ExplainRequest } from '../handlers/explain.ts';
import type { RulesStatus } from '../handlers/rules/index.ts';
import type { Instant } from '../instant.ts';
import type { ContainersAt } from '../journal/states/containers-at.ts';
import type { JournalStatus } from '../journal/write/recording.ts';
import type { Log } from '../log.ts';
import type { MonitorStatus } from '../monitor/monitor.ts';
import type { Connections } from './connections.ts';
import type { Limits } from './limits.ts';
import type { Subscriptions } from './subscriptions.ts';
import type { Turns } from './turns.ts';

/** An engine's status, and what is counted of it. */
export interface EngineReport extends EngineStatus {
  /** How often the connection to it was lost and had again. */
  readonly reconnects: number;
  /** Events since the daemon started. */
  readonly events?: number | undefined;
  /** The time that the event which arrived last states: nanoseconds since the Unix epoch. */
  readonly lastEvent?: Instant | undefined;
}

export interface ServerContext {
  readonly collector: Collector;
  readonly log: Log;
  /** The version of the product. */
  readonly version: string;
  /** Nanoseconds since the Unix epoch: what durations in queries are counted from. */
  readonly now: () => Instant;
  /** The clock of bookmarks and deadlines. */
  readonly scheduler: SchedulerLike;
  /** How it stands with each engine now. */
  readonly engines: () => readonly EngineReport[];
  /** What came through the monitor FIFO so far; undefined while there is none. */
  readonly monitor: () => MonitorStatus | undefined;
  /** The number of FIFO events whose container has no known name and image. */
  readonly undescribed?: (() => number) | undefined;
  /** How it stands with the journal; undefined where none is written. */
  readonly journal: () => JournalStatus | undefined;
  /** The containers of all engines as they are now. */
  readonly containers: Pick<Containers, 'cursor' | 'states'>;
  /** And as they were; undefined where nobody remembers. */
  readonly containersAt: (time: Instant) => Promise<ContainersAt> | undefined;
  /** Explains a name from the events that are held, until the signal. */
  readonly explain: (request: ExplainRequest, signal: AbortSignal) => Observable<readonly Explanation[]>;
  /** What rules have done so far; undefined while there are none. */
  readonly rules: () => RulesStatus | undefined;
  /** What clients may ask for at most. */
  readonly limits: Limits;
  /** Where long work for clients is done. */
  readonly turns: Turns;
  /** Where a connection gets its place, as long as there is one. */
  readonly connections: Connections;
  /** Where a subscription is opened, as long as there is room for one. */
  readonly subscriptions: Subscriptions;
}

/** Something that listens. */
export interface Listening {
  /** Where: `unix:///run/tidings/tidings.sock`, `https://host:7777`. */
  readonly endpoint: string;
  /**
   * Takes no more connections, gives everyone what is due and a clean end, and resolves once they are gone: within a
   * second, after which whoever has not taken it is cut off.
   */
  close(): Promise<void>;
}

/** How long clients have to take what is due when a server closes: in ms. */
export const CLOSE_WITHIN = 1000;
