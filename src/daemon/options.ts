/** What a daemon can be told. */
import type { SchedulerLike } from 'rxjs';
import type { Durability } from '../journal/store/files.ts';
import type { Log } from '../log.ts';
import type { LimitValues, TcpOptions } from '../server/index.ts';

export interface DaemonOptions {
  /** The directory of its sockets and the FIFO; made, 0750, when it is not there. */
  readonly stateDir: string;
  /** The directory of what survives a restart. Default: nothing does. */
  readonly dataDir?: string | undefined;
  /** What an acknowledged event survives: a power cut, a crash of the daemon, nothing. Default `fsync`. */
  readonly durability?: Durability | undefined;
  /** Events recorded longer ago than this expire: in ms. Default 7 days. */
  readonly retainAge?: number | undefined;
  /** The most that the journal's files take up: in bytes, 1 MiB or more. Default 1 GiB. */
  readonly retainSize?: number | undefined;
  /** The engines to follow, as `--engine` takes them: `auto`, `none`, `process`, `docker`, `docker=unix:///path`. Default `auto`. */
  readonly engines?: readonly string[] | undefined;
  /** The file of rules to carry out. Default: none. */
  readonly rules?: string | undefined;
  /** Whether rules only say what they would do. Default false. */
  readonly dryRun?: boolean | undefined;
  /** Whether a few processes run as containers where no engine is found, so that there is something to see. Default false. */
  readonly demo?: boolean | undefined;
  /** How many of the newest events are held in memory: 1 to 2^24. Default 100,000. */
  readonly limit?: number | undefined;
  /** How many bytes they may have together, 1 or more: see `CollectorOptions`. Default 64 MiB. */
  readonly limitBytes?: number | undefined;
  /** How many bytes may wait for all clients together, 1 or more. Default 64 MiB. */
  readonly clientBytes?: number | undefined;
  /** Where to listen besides the Unix sockets, for HTTP. Default: nowhere. */
  readonly tcp?: TcpOptions | undefined;
  /** Limits on what clients may ask for: see `LIMITS`. Default: the defaults there. */
  readonly limits?: LimitValues | undefined;
  /** @deprecated `limits: { subscriptions }` */
  readonly maxSubscriptions?: number | undefined;
  /** Where it says what it does. Default: nowhere. */
  readonly log?: Log | undefined;
  /** Where engines are looked for: `DOCKER_HOST` and the like. Default: the process' environment. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** The clock of everything that waits. Default: the wall clock. */
  readonly scheduler?: SchedulerLike | undefined;
}
