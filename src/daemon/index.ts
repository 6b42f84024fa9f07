/** The daemon: engines, collector and servers in one. */
import type { Collector } from '../collector/collector.ts';
import { formatCursor } from '../collector/cursor.ts';
import { LockError } from '../lock.ts';
import { MonitorError } from '../monitor/error.ts';
import { type EngineReport, ListenError } from '../server/index.ts';
import type { DaemonOptions } from './options.ts';
import { Building, type Stop } from './part.ts';
import { parts } from './parts.ts';
import { DaemonStartError } from './start-error.ts';

/** Errors of the parts that say what is wrong and what would be right. */
const PLAIN = [ListenError, LockError, MonitorError];

export interface Daemon {
  readonly collector: Collector;
  /** The cursor before the first event of this run. */
  readonly begin: string;
  /** Where it listens: `unix:///run/tidings/tidings.sock` … */
  readonly endpoints: readonly string[];
  /** How it stands with each engine now. */
  engines(): readonly EngineReport[];
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
    begin,
    endpoints: building.endpoints,
    engines: () => [...building.engines.values()],
    close: () => (closed ??= stop()),
  };
}
