/** A real containerd of the test's own: configuration, root, state and socket in one short temporary directory. */
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll } from 'vitest';
import { busyboxRoot, dockerdAvailable } from './dockerd-process.ts';
import { killContainersOf, killProcessesOf, unmountBelow } from './leftovers.ts';
import { findTool } from './tools.ts';

const run = promisify(execFile);
const containerd = findTool('containerd') ?? 'containerd';
const ctr = findTool('ctr') ?? 'ctr';

/** True if containerd, ctr, runc and the programs of a test dockerd are installed. */
export const containerdAvailable: boolean =
  dockerdAvailable && ['containerd', 'ctr', 'runc'].every((tool) => findTool(tool) !== undefined);

/** The image that `importImage` makes. */
export const BOX = 'docker.io/test/box:1';

export class Containerd {
  readonly directory: string = mkdtempSync('/tmp/td-');
  readonly socket: string = join(this.directory, 's');
  readonly endpoint: string = `unix://${this.socket}`;
  readonly #config: string;
  #process: ChildProcess | undefined;
  #log = '';

  /** @param more further lines of its configuration; default: CRI is off, the restart monitor looks every 200 ms */
  constructor(more: string = WITHOUT_CRI) {
    this.#config = `version = 2
root = "${this.directory}/root"
state = "${this.directory}/state"
${more}
[grpc]
  address = "${this.socket}"
[debug]
  level = "warn"
`.replaceAll('$DIRECTORY', this.directory);
  }

  /** An id that no other test's container has: runc knows containers by namespace and id, on the whole machine. */
  id(name: string): string {
    return `${name}.${basename(this.directory)}`;
  }

  /** Starts it (again) and resolves once it answers. */
  async start(): Promise<void> {
    const path = join(this.directory, 'config.toml');
    writeFileSync(path, this.#config);
    const child = spawn(containerd, ['-c', path], { stdio: ['ignore', 'ignore', 'pipe'] });
    child.stderr.on('data', (data) => (this.#log = (this.#log + data).slice(-20_000)));
    this.#process = child;
    for (const deadline = Date.now() + 40_000; !(await this.#answers()); await delay(20)) {
      if (Date.now() > deadline || child.exitCode !== null) {
        throw new Error(`containerd did not start:\n${this.#log}`);
      }
    }
  }

  /** Kills it with SIGKILL: its containers run on. */
  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  /** Runs `ctr`, and returns what it prints. Rejects if it fails; `ctr run` ends with the container's code. */
  async ctr(...args: readonly string[]): Promise<string> {
    const { stdout } = await run(ctr, ['-a', this.socket, ...args]);
    return stdout;
  }

  /** Runs a container of {@link BOX} to its end, or (`-d` among the options) until it runs. */
  async run(id: string, command: readonly string[], ...options: readonly string[]): Promise<void> {
    const args = ['run', '--snapshotter', 'native', ...options, BOX, id, ...command];
    await this.ctr(...args).catch((error: { code?: unknown }) => {
      if (typeof error.code !== 'number') throw error;
    });
  }

  /** Imports busybox as {@link BOX}, or by another name with another command. */
  async importImage(
    namespace = 'default',
    tag = 'test/box:1',
    command: readonly string[] = ['/bin/sh'],
  ): Promise<void> {
    const folder = join(this.directory, 'image');
    mkdirSync(folder, { recursive: true });
    const at = (name: string): string => join(folder, name);
    const layer = busyboxRoot();
    writeFileSync(at('layer.tar'), layer);
    const digest = createHash('sha256').update(layer).digest('hex');
    const config = {
      architecture: process.arch === 'x64' ? 'amd64' : process.arch,
      os: 'linux',
      config: { Cmd: command },
      rootfs: { type: 'layers', diff_ids: [`sha256:${digest}`] },
    };
    writeFileSync(at('config.json'), JSON.stringify(config));
    const manifest = [{ Config: 'config.json', RepoTags: [tag], Layers: ['layer.tar'] }];
    writeFileSync(at('manifest.json'), JSON.stringify(manifest));
    execFileSync('tar', ['-C', folder, '-cf', at('image.tar'), 'manifest.json', 'config.json', 'layer.tar']);
    await this.ctr('-n', namespace, 'image', 'import', '--snapshotter', 'native', at('image.tar'));
  }

  /** Removes all that it made: containers, runc's notes of them, shims, mounts, files. */
  async remove(): Promise<void> {
    killContainersOf(this.directory);
    await this.#forgetContainers().catch(() => undefined);
    await this.kill();
    await killProcessesOf(this.directory);
    unmountBelow(this.directory);
    rmSync(this.directory, { recursive: true, force: true });
  }

  async #forgetContainers(): Promise<void> {
    for (const namespace of lines(await this.ctr('namespace', 'ls', '-q'))) {
      for (const id of lines(await this.ctr('-n', namespace, 'task', 'ls', '-q'))) {
        await this.ctr('-n', namespace, 'task', 'rm', '-f', id).catch(() => undefined);
      }
    }
  }

  async #answers(): Promise<boolean> {
    return await this.ctr('version').then(
      () => true,
      () => false,
    );
  }
}

const WITHOUT_CRI = `disabled_plugins = ["io.containerd.grpc.v1.cri"]
[plugins."io.containerd.internal.v1.restart"]
  interval = "200ms"`;

const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '');

/** One containerd with {@link BOX} for all tests of a block. */
export function useContainerd(more?: string): () => Containerd {
  let current: Containerd | undefined;
  beforeAll(async () => {
    current = new Containerd(more);
    await current.start();
    await current.importImage();
  }, 60_000);
  afterAll(async () => await current?.remove(), 60_000);
  return () => current as Containerd;
}
