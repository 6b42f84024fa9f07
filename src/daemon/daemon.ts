/** A daemon that runs. */
import type { Collector } from '../collector/collector.ts';
import type { Containers } from '../handlers/containers.ts';
import type { EngineReport } from '../server/index.ts';

export interface Daemon {
  readonly collector: Collector;
  /** The cursor before the first event of this run. */
  readonly begin: string;
  /** Where it listens: `unix:///run/tidings/tidings.sock` … */
  readonly endpoints: readonly string[];
  /** The containers of all engines, to be looked at and waited on. */
  readonly containers: Containers;
  /** How it stands with each engine now. */
  engines(): readonly EngineReport[];
  /**
   * Reads the file of rules anew, and puts them in force in place of those before, all at once. Without one, nothing is done.
   *
   * @throws RulesError when it cannot be read or anything in it makes no sense: those before stay in force
   */
  reloadRules(): void;
  /**
   * Ends it: no more events are taken in, everyone gets what is due and is told, sockets are removed. Within a second
   * or so; later calls wait for the same end.
   */
  close(): Promise<void>;
}
