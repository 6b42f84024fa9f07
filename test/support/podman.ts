/**
 * A real podman service of the test's own, in one short temporary directory. Its containers run
 * busybox without a network.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll } from 'vitest';
import { busyboxRoot, dockerdAvailable } from './dockerd-process.ts';
import { unmountBelow } from './leftovers.ts';
import { findTool } from './tools.ts';
import { ask } from './unix-http.ts';

const run = promisify(execFile);
const podman = findTool('podman') ?? 'podman';

/** True if podman and runc are installed, and the requirements of a test dockerd are met. */
export const podmanAvailable: boolean =
  dockerdAvailable && isAbsolute(podman) && findTool('runc') !== undefined;

export class Podman {
  readonly directory: string = mkdtempSync('/tmp/td-');
  readonly socket: string = join(this.directory, 's');
  readonly endpoint: string = `unix://${this.socket}`;
  #service: ChildProcess | undefined;

  /**
   * Runs a podman command on this test's directories, the service aside; returns what it prints.
   */
  async command(...args: readonly string[]): Promise<string> {
    const { stdout } = await run(podman, [...this.#global(), ...args]);
    return stdout.trim();
  }

  /** Follows its log without the service: calls `onLine` with each event, as JSON. */
  watch(onLine: (line: string) => void): ChildProcess {
    const args = [...this.#global(), 'events', '--format', 'json'];
    const child = spawn(podman, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    createInterface({ input: child.stdout }).on('line', onLine);
    return child;
  }

  /** Starts a container and returns its id. */
  async launch(name: string, command: readonly string[], ...options: readonly string[]): Promise<string> {
    const limits = ['--ulimit', 'nofile=512:512', '--ulimit', 'nproc=512:512', '--runtime', 'runc'];
    const args = ['run', '-d', '--name', name, '--network', 'none', ...limits, ...options];
    return await this.command(...args, 'busybox:test', ...command);
  }

  /** Starts the service, and resolves once it answers. */
  async start(): Promise<void> {
    const args = [...this.#global(), 'system', 'service', '--time', '0', this.endpoint];
    this.#service = spawn(podman, args, { stdio: 'ignore' });
    const answers = (): Promise<boolean> =>
      ask(this.socket, 'GET', '/_ping').then(
        ({ status }) => status === 200,
        () => false,
      );
    for (let i = 0; !(await answers()); i++) {
      if (i > 500) throw new Error('podman does not answer');
      await delay(20);
    }
  }

  /** Kills the service; its containers run on. */
  async kill(): Promise<void> {
    const service = this.#service;
    this.#service = undefined;
    if (service === undefined) return;
    const ended = once(service, 'exit');
    service.kill('SIGKILL');
    await ended;
    rmSync(this.socket, { force: true });
  }

  /** Imports busybox as `busybox:test`. */
  async importImage(): Promise<void> {
    const importing = run(podman, [...this.#global(), 'import', '-', 'busybox:test']);
    importing.child.stdin?.end(busyboxRoot());
    await importing;
  }

  async remove(): Promise<void> {
    await this.command('rm', '--all', '--force', '--time', '0').catch(() => undefined);
    await this.kill();
    unmountBelow(this.directory);
    rmSync(this.directory, { recursive: true, force: true });
  }

  #global(): string[] {
    const inDirectory = (name: string): string => join(this.directory, name);
    return [
      ...['--root', inDirectory('r'), '--runroot', inDirectory('run'), '--tmpdir', inDirectory('t')],
      ...['--storage-driver', 'vfs', '--events-backend', 'file', '--cgroup-manager', 'cgroupfs'],
    ];
  }
}

/** One podman service for all tests of a block. */
export function usePodman(): () => Podman {
  let service: Podman | undefined;
  beforeAll(async () => {
    service = new Podman();
    await service.importImage();
    await service.start();
  }, 60_000);
  afterAll(async () => await service?.remove(), 60_000);
  return () => service as Podman;
}
