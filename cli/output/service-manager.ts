/** Reports to systemd, if it has started the daemon. */
import { execFile } from 'node:child_process';
import type { Log } from '../../src/index.ts';

/** Longest wait for the program, in ms. */
const PATIENCE = 10_000;

/**
 * Reports that the daemon is ready, by the program systemd-notify: Node cannot send to a Unix
 * datagram socket. Without `NOTIFY_SOCKET` it does nothing. A failure is logged; systemd then ends
 * the daemon after the `TimeoutStartSec` of its unit.
 */
export function reportReady(env: Readonly<Record<string, string | undefined>>, log: Log): void {
  const { NOTIFY_SOCKET, PATH = '/usr/bin:/bin' } = env;
  if (NOTIFY_SOCKET === undefined) return;
  const options = { env: { NOTIFY_SOCKET, PATH }, timeout: PATIENCE };
  execFile('systemd-notify', ['--ready', `--pid=${process.pid}`], options, (err) => {
    if (err !== null) {
      log.warn({ err }, `systemd was not informed of the start: systemd-notify failed: ${err.message}`);
    }
  });
}
