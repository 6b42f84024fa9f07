/** The JavaScript runtimes that can run a daemon. */
import { DaemonStartError } from './start-error.ts';

/** Other runtimes that imitate Node: they name themselves among the versions. */
const OTHERS = { bun: 'Bun', deno: 'Deno' } as const;

type Versions = Readonly<Record<string, string | undefined>>;

/**
 * Checks the runtime. A daemon needs Node's own FIFOs, Unix sockets and HTTP/2: Deno cannot read a
 * FIFO, and Bun is not tested.
 *
 * @throws DaemonStartError on Bun, on Deno and on a Node older than 20.19
 */
export function checkRuntime(versions: Versions = process.versions): void {
  for (const [key, name] of Object.entries(OTHERS)) {
    if (versions[key] !== undefined) throw unfit(`${name} ${versions[key]}`);
  }
  const [major = 0, minor = 0] = (versions['node'] ?? '').split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) throw unfit(`Node ${versions['node'] ?? '(no version)'}`);
}

function unfit(runtime: string): DaemonStartError {
  return new DaemonStartError(`the daemon runs on Node 20.19 or newer, not on ${runtime}`);
}
