/** The daemon: engines, collector and servers in one. */
import type { Collector } from '../collector/collector.ts';
import { formatCursor } from '../collector/cursor.ts';
import type { Containers } from '../handlers/containers.ts';
import { RulesError } from '../handlers/rules/error.ts';
import { LockError } from '../lock.ts';
import { MonitorError } from '../monitor/error.ts';
import { type EngineReport, ListenError } from '../server/index.ts';
import type { DaemonOptions } from './options.ts';
import { Building, type Stop } from './part.ts';
import { parts } from './parts.ts';
import { DaemonStartError } from './start-error.ts';

/** Errors of the parts that say what is wrong and what would be right. */
const PLAIN = [ListenError, LockError, MonitorError, RulesError];

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

/**
 * Starts a daemon and resolves once it listens and follows its engines.
 *
 * @throws DaemonStartError when it cannot start: with the path and what would be right
 * @throws RangeError on options that make no sense
 */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const building = new Building(options);
  const stops: Stop[] = [() => building.collector.complete()];
  const stop = async (): Promise<void> => {
    for (const each of stops.splice(0).toReversed()) {
      try {
        await each();
      } catch (err) {
        building.log.error({ err }, 'a part did not end in order');
      }
    }
  };
  try {
    for (const part of parts) {
      const ending = await part(building);
      if (ending !== undefined) stops.push(ending);
    }
  } catch (error) {
    await stop();
    const plain = PLAIN.some((type) => error instanceof type);
    throw plain ? new DaemonStartError((error as Error).message, { cause: error }) : error;
  }
  const { epoch } = building.collector;
  const begin = formatCursor(epoch, (building.collectorOptions.first ?? 1) - 1);
  building.log.info({}, 'ready');
  let closed: Promise<void> | undefined;
  return {
    collector: building.collector,
    containers: building.containers as Containers,
    reloadRules: () => building.rules?.reload(),
    begin,
    endpoints: building.endpoints,
    engines: () => [...building.engines.values()],
    close: () => (closed ??= stop()),
  };
}
