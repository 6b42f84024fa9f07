/** Options of a daemon. */
import type { SchedulerLike } from 'rxjs';
import type { Durability } from '../journal/store/file-store.ts';
import type { Log } from '../log.ts';
import type { LimitValues, TcpOptions } from '../server/index.ts';

/** Options of a daemon. */
export interface DaemonOptions {
  /** The directory of its sockets and the FIFO; created with mode 0750 if it does not exist. */
  readonly stateDir: string;
  /** The directory of data that survives a restart. Default: no such data. */
  readonly dataDir?: string | undefined;
  /** Failures that an acknowledged event survives: see {@link Durability}. Default `fsync`. */
  readonly durability?: Durability | undefined;
  /** Events recorded longer ago than this expire: in ms. Default 7 days. */
  readonly retainAge?: number | undefined;
  /** Most bytes of the journal's files, at least 1 MiB. Default 1 GiB. */
  readonly retainSize?: number | undefined;
  /**
   * The engines to follow, as in `--engine`: `auto`, `none`, `process`, `docker`,
   * `docker=unix:///path`. Default `auto`.
   */
  readonly engines?: readonly string[] | undefined;
  /** The file of rules. Default: no rules. */
  readonly rules?: string | undefined;
  /**
   * The file of forwarders. They need `dataDir`, for their positions. Default: no forwarders.
   */
  readonly forward?: string | undefined;
  /** Rules only log their actions. Default false. */
  readonly dryRun?: boolean | undefined;
  /**
   * Runs a few processes as containers if no engine is found, as a demonstration. Default false.
   */
  readonly demo?: boolean | undefined;
  /** Most events held in memory: 1 to 2^24. Default 100,000. */
  readonly limit?: number | undefined;
  /** Most bytes of these events together, 1 or more: see `CollectorOptions`. Default 64 MiB. */
  readonly limitBytes?: number | undefined;
  /** Most bytes that may wait for all clients together, 1 or more. Default 64 MiB. */
  readonly clientBytes?: number | undefined;
  /** TCP address for HTTP, besides the Unix sockets. Default: no TCP. */
  readonly tcp?: TcpOptions | undefined;
  /** Limits on requests of clients. Default: those in `LIMITS`. */
  readonly limits?: LimitValues | undefined;
  /** @deprecated `limits: { subscriptions }` */
  readonly maxSubscriptions?: number | undefined;
  /** Default: no log. */
  readonly log?: Log | undefined;
  /**
   * Environment for the detection of engines: `DOCKER_HOST` and the like. Default: the process'
   * environment.
   */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** The clock of all timers. Default: the wall clock. */
  readonly scheduler?: SchedulerLike | undefined;
}
