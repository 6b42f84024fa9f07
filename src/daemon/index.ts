/** The daemon: engines, collector and servers in one. */
import type { Daemon } from './daemon.ts';
import type { DaemonOptions } from './options.ts';

export type { Daemon } from './daemon.ts';

/**
 * Starts a daemon and resolves once it listens and follows its engines.
 *
 * @throws DaemonStartError if it cannot start: with the path and a remedy
 * @throws RangeError if an option is invalid
 *
 * @example
 * const daemon = await startDaemon({ stateDir: '/run/tidings' });
 * process.once('SIGTERM', () => void daemon.close());
 */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  // Loaded on demand: the servers and their libraries take longer to load than all the rest, and a
  // client or a sender needs none of them.
  const { start } = await import('./start.ts');
  return await start(options);
}
