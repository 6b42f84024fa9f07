/** The built command, run as users run it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** The benchmarks run in the tree. */
export const command: string = join(process.cwd(), 'dist/bin/tidings.js');

/** Loading further certificates would be most of Node's start time. */
const { NODE_EXTRA_CA_CERTS: _, ...inherited } = process.env;
export const environment: NodeJS.ProcessEnv = inherited;

export interface DaemonProcess extends AsyncDisposable {
  readonly pid: number;
  readonly fifo: string;
  readonly socket: string;
  readonly stateDir: string;
}

/**
 * A daemon without engines, with its directories below the given one; resolves once it listens.
 *
 * @param options further options of `tidings serve`
 */
export async function startDaemon(
  directory: string,
  options: readonly string[] = [],
): Promise<DaemonProcess> {
  const stateDir = join(directory, 'state');
  mkdirSync(stateDir, { recursive: true });
  const places = ['--state-dir', stateDir, '--data-dir', join(directory, 'data')];
  const child = spawn(process.execPath, [command, 'serve', '--engine', 'none', ...places, ...options], {
    env: environment,
    stdio: 'ignore',
  });
  const [socket, fifo] = [join(stateDir, 'tidings.sock'), join(stateDir, 'monitord_fifo')];
  while (!existsSync(socket) || !existsSync(fifo)) {
    if (child.exitCode !== null) throw new Error(`tidings serve ended: exit ${child.exitCode}`);
    await delay(10);
  }
  return {
    ...{ pid: child.pid as number, fifo, socket, stateDir },
    [Symbol.asyncDispose]: () => end(child),
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}
