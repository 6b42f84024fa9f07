/** Starts the daemon, part by part, and ends it in reverse order. */
import { formatCursor } from '../collector/cursor.ts';
import type { Containers } from '../handlers/containers.ts';
import { FileError } from '../checked-file/error.ts';
import { LockError } from '../lock.ts';
import { MonitorError } from '../monitor/error.ts';
import { ListenError } from '../server/index.ts';
import type { Daemon } from './daemon.ts';
import type { DaemonOptions } from './options.ts';
import { DaemonState, type Stop } from './part.ts';
import { parts } from './parts.ts';
import { checkRuntime } from './runtime.ts';
import { DaemonStartError } from './start-error.ts';

/** Errors of the parts whose message states the problem and a remedy. */
const PLAIN = [ListenError, LockError, MonitorError, FileError];

/** See `startDaemon`. */
export async function start(options: DaemonOptions): Promise<Daemon> {
  checkRuntime();
  const state = new DaemonState(options);
  const stops: Stop[] = [() => state.collector.complete()];
  const stop = async (): Promise<void> => {
    for (const each of stops.splice(0).toReversed()) {
      try {
        await each();
      } catch (err) {
        state.log.error({ err }, 'a part did not end in order');
      }
    }
  };
  try {
    for (const part of parts) {
      const ending = await part(state);
      if (ending !== undefined) stops.push(ending);
    }
  } catch (error) {
    await stop();
    const plain = PLAIN.some((type) => error instanceof type);
    throw plain ? new DaemonStartError((error as Error).message, { cause: error }) : error;
  }
  const { epoch } = state.collector;
  const begin = formatCursor(epoch, (state.collectorOptions.first ?? 1) - 1);
  state.log.info({}, 'ready');
  let closed: Promise<void> | undefined;
  return {
    collector: state.collector,
    containers: state.containers as Containers,
    reloadRules: () => state.rules?.reload(),
    reloadForwarders: () => state.forwarders?.reload(),
    begin,
    endpoints: state.endpoints,
    engines: () => [...state.engines.values()],
    close: () => (closed ??= stop()),
  };
}
