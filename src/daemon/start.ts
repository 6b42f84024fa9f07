/** Starts the daemon, part by part, and ends it in reverse order. */
import { formatCursor } from '../collector/cursor.ts';
import type { Containers } from '../handlers/containers.ts';
import { RulesError } from '../handlers/rules/error.ts';
import { LockError } from '../lock.ts';
import { MonitorError } from '../monitor/error.ts';
import { ListenError } from '../server/index.ts';
import type { Daemon } from './daemon.ts';
import type { DaemonOptions } from './options.ts';
import { Building, type Stop } from './part.ts';
import { parts } from './parts.ts';
import { checkRuntime } from './runtime.ts';
import { DaemonStartError } from './start-error.ts';

/** Errors of the parts whose message states the problem and a remedy. */
const PLAIN = [ListenError, LockError, MonitorError, RulesError];

/** See `startDaemon`. */
export async function start(options: DaemonOptions): Promise<Daemon> {
  checkRuntime();
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
