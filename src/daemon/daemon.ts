/** A running daemon. */
import type { Collector } from '../collector/collector.ts';
import type { Containers } from '../handlers/containers.ts';
import type { EngineReport } from '../server/index.ts';

/** A running daemon. */
export interface Daemon {
  readonly collector: Collector;
  /** The cursor before the first event of this run. */
  readonly begin: string;
  /** Its endpoints: `unix:///run/tidings/tidings.sock` … */
  readonly endpoints: readonly string[];
  /** The containers of all engines, to look up and to wait for. */
  readonly containers: Containers;
  /** Current status of each engine. */
  engines(): readonly EngineReport[];
  /**
   * Reads the file of rules again, and replaces all rules at once. Does nothing without a file.
   *
   * @throws RulesError if the file cannot be read or is invalid: the former rules stay active
   */
  reloadRules(): void;
  /**
   * Reads the file of forwarders again, and replaces them. Does nothing without a file.
   *
   * @throws ForwardError if the file cannot be read or is invalid: the former forwarders stay active
   */
  reloadForwarders(): void;
  /**
   * Shuts down: refuses further events, sends every client its pending data and an end, and removes
   * the sockets. Takes about a second at most; later calls wait for the same end.
   */
  close(): Promise<void>;
}
