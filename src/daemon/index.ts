/** The daemon: engines, collector and servers in one. */
import type { Daemon } from './daemon.ts';
import type { DaemonOptions } from './options.ts';

export type { Daemon } from './daemon.ts';

/**
 * Starts a daemon and resolves once it listens and follows its engines.
 *
 * @throws DaemonStartError when it cannot start: with the path and what would be right
 * @throws RangeError on options that make no sense
 */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  // Loaded now: servers and what they are made from take longer to load than all the rest, and who only follows or
  // sends needs none of it.
  const { start } = await import('./start.ts');
  return await start(options);
}
