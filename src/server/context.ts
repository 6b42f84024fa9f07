/** The interface between the protocols and the rest of the daemon. */
import type { Observable, SchedulerLike } from 'rxjs';
import type { Explanation } from '../../operators/explanation.ts';
import type { Collector } from '../collector/collector.ts';
import type { EngineStatus } from '../engines/engine.ts';
import type { ForwarderStatus } from '../forward/status.ts';
import type { Containers } from '../handlers/containers.ts';
import type { ExplainRequest } from '../handlers/explain-containers.ts';
import type { RulesStatus } from '../handlers/rules/index.ts';
import type { Instant } from '../instant.ts';
import type { ContainersAt } from '../journal/states/containers-at.ts';
import type { JournalStatus } from '../journal/write/recording.ts';
import type { Log } from '../log.ts';
import type { MonitorStatus } from '../monitor/monitor.ts';
import type { Connections } from './connections.ts';
import type { Limits } from './client-limits.ts';
import type { Subscriptions } from './subscriptions.ts';
import type { Turns } from './turns.ts';

/** An engine's status, with counts. */
export interface EngineReport extends EngineStatus {
  /** Count of lost and restored connections to it. */
  readonly reconnects: number;
  /** Count of events since the daemon started. */
  readonly events?: number | undefined;
  /** The time that the last arrived event states: nanoseconds since the Unix epoch. */
  readonly lastEvent?: Instant | undefined;
}

export interface ServerContext {
  readonly collector: Collector;
  readonly log: Log;
  /** The version of the product. */
  readonly version: string;
  /** Current time: nanoseconds since the Unix epoch. Durations in queries count from it. */
  readonly now: () => Instant;
  /** The clock of bookmarks and deadlines. */
  readonly scheduler: SchedulerLike;
  /** Current status of each engine. */
  readonly engines: () => readonly EngineReport[];
  /** Statistics of the monitor FIFO; undefined if there is no FIFO. */
  readonly monitor: () => MonitorStatus | undefined;
  /** The number of FIFO events whose container has no known name and image. */
  readonly undescribed?: (() => number) | undefined;
  /** Status of the journal; undefined without a journal. */
  readonly journal: () => JournalStatus | undefined;
  /** The current containers of all engines. */
  readonly containers: Pick<Containers, 'cursor' | 'states'> & Partial<Pick<Containers, 'wait'>>;
  /** The containers at a past time; undefined without a journal. */
  readonly containersAt: (time: Instant) => Promise<ContainersAt> | undefined;
  /** Explains a name from the held events, until the signal aborts. */
  readonly explain: (request: ExplainRequest, signal: AbortSignal) => Observable<readonly Explanation[]>;
  /** Statistics of the rules; undefined without rules. */
  readonly rules: () => RulesStatus | undefined;
  /** Status of each forwarder; undefined without forwarders. */
  readonly forwarders?: (() => readonly ForwarderStatus[] | undefined) | undefined;
  /** Limits for clients. */
  readonly limits: Limits;
  /** Runs long work for clients. */
  readonly turns: Turns;
  /** Grants each connection its place, as long as there is one. */
  readonly connections: Connections;
  /** Opens subscriptions, up to their limit. */
  readonly subscriptions: Subscriptions;
}

/** A listening server. */
export interface Listening {
  /** Its endpoint: `unix:///run/tidings/tidings.sock`, `https://host:7777`. */
  readonly endpoint: string;
  /**
   * Refuses new connections, sends every client its pending data and a proper end, and resolves
   * once all are gone. After a second the remaining clients are cut off.
   */
  close(): Promise<void>;
}

/** Time for clients to take pending data when a server closes: in ms. */
export const CLOSE_WITHIN = 1000;
