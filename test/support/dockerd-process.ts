/**
 * A real dockerd of the test's own: no network, no iptables, `vfs` storage, everything in one short
 * temporary directory. Its containers run busybox without a network.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { killContainersOf, killProcessesOf, removeControlGroup, unmountBelow } from './leftovers.ts';
import { findTool, mayMount } from './tools.ts';
import { ask } from './unix-http.ts';

const dockerd = findTool('dockerd');
const busybox = findTool('busybox');

/**
 * True if a real dockerd can be started here: it and a static busybox are installed, and mounts are
 * permitted.
 */
export const dockerdAvailable: boolean =
  dockerd !== undefined && busybox !== undefined && isStatic(busybox) && mayMount();

/** The image that every test dockerd holds. */
const IMAGE = 'busybox:test';

/** The definition of a container; without a command it ends at once with exit code 0. */
export interface ContainerSpec {
  readonly name?: string;
  readonly command?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  /** Further fields of Docker's `HostConfig`. */
  readonly host?: Readonly<Record<string, unknown>>;
  /** Further fields of Docker's `Config`. */
  readonly config?: Readonly<Record<string, unknown>>;
}

/** A container that has ended. */
export interface Ended {
  readonly id: string;
  readonly exitCode: number;
}

export class Dockerd {
  readonly directory: string = mkdtempSync('/tmp/td-');
  readonly socket: string = join(this.directory, 's');
  readonly endpoint: string = `unix://${this.socket}`;
  readonly #more: readonly string[];
  #process: ChildProcess | undefined;
  #log = '';

  /** @param more further arguments of dockerd. Default: none */
  constructor(more: readonly string[] = []) {
    this.#more = more;
  }

  /** Starts it (again) on its directories and resolves once it answers. */
  async start(): Promise<void> {
    const child = spawn(...this.#command(), { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#process = child;
    let ended: string | undefined;
    child.on('error', (error) => (ended = error.message));
    child.on('exit', (code, signal) => (ended = `it ended with ${signal ?? code}`));
    child.stderr.on('data', (data) => (this.#log = (this.#log + data).slice(-20_000)));
    for (const deadline = Date.now() + 40_000; !(await this.#answers()); await delay(20)) {
      if (Date.now() > deadline) ended = 'it does not answer';
      if (ended !== undefined) throw new Error(`dockerd did not start: ${ended}\n${this.#log}`);
    }
  }

  /** Sends it a signal and resolves once it has ended. SIGKILL leaves its containers running. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
    // Its containerd ends with it, but without a process that reaps orphans it stays a zombie,
    // which dockerd takes for alive as long as there is a pid file that names it.
    for (const file of ['pid', 'exec/containerd/containerd.pid']) {
      rmSync(join(this.directory, file), { force: true });
    }
  }

  async restart(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    await this.end(signal);
    await this.start();
  }

  /**
   * Stops it and removes all that it made: containers, containerd, mounts, control groups, files.
   */
  async remove(): Promise<void> {
    killContainersOf(this.directory);
    await this.end('SIGTERM');
    await killProcessesOf(this.directory);
    unmountBelow(this.directory);
    removeControlGroup(basename(this.directory));
    rmSync(this.directory, { recursive: true, force: true });
  }

  /**
   * One request to its API, e.g. `api('POST', '/containers/web/kill?signal=KILL')`; the parsed
   * answer. Throws at status 400 and up.
   */
  async api<T = unknown>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await ask(this.socket, method, path, body);
    if (answer.status >= 400) throw new Error(`${method} ${path}: ${answer.status} ${answer.body}`);
    return (answer.body === '' ? undefined : JSON.parse(answer.body)) as T;
  }

  /** Its own ID. */
  async id(): Promise<string> {
    return (await this.api<{ ID: string }>('GET', '/info')).ID;
  }

  /** All events that it holds (its memory is 256), as the raw text that it sends. */
  async heldEvents(): Promise<string> {
    const until = (Date.now() + 2) / 1000; // It answers once that has passed.
    return (await ask(this.socket, 'GET', `/events?since=0&until=${until}`)).body;
  }

  /** Creates a container and returns its id. */
  async create(spec: ContainerSpec = {}): Promise<string> {
    const query = spec.name === undefined ? '' : `?name=${encodeURIComponent(spec.name)}`;
    const { Id } = await this.api<{ Id: string }>('POST', `/containers/create${query}`, {
      Image: IMAGE,
      Cmd: spec.command ?? ['true'],
      Labels: spec.labels ?? {},
      ...spec.config,
      HostConfig: { NetworkMode: 'none', ...spec.host },
    });
    return Id;
  }

  /** Creates a container, starts it and returns its id; it runs on. */
  async launch(spec: ContainerSpec = {}): Promise<string> {
    const id = await this.create(spec);
    await this.api('POST', `/containers/${id}/start`);
    return id;
  }

  /** Runs a container to its end and removes it. */
  async run(spec: ContainerSpec = {}): Promise<Ended> {
    const id = await this.launch(spec);
    const { StatusCode } = await this.api<{ StatusCode: number }>('POST', `/containers/${id}/wait`);
    await this.api('DELETE', `/containers/${id}`);
    return { id, exitCode: StatusCode };
  }

  /**
   * Imports the image {@link IMAGE}: busybox and its applets. Makes two events, `tag` and `import`.
   */
  async importImage(): Promise<void> {
    const [repo, tag] = IMAGE.split(':');
    await this.api('POST', `/images/create?fromSrc=-&repo=${repo}&tag=${tag}`, busyboxRoot());
  }

  async #answers(): Promise<boolean> {
    return await ask(this.socket, 'GET', '/_ping').then(
      ({ status }) => status === 200,
      () => false,
    );
  }

  #command(): [string, string[]] {
    const inDirectory = (name: string): string => join(this.directory, name);
    const command = [
      ...[dockerd ?? 'dockerd', '--host', this.endpoint, '--pidfile', inDirectory('pid')],
      ...['--data-root', inDirectory('data'), '--exec-root', inDirectory('exec')],
      ...['--iptables=false', '--ip6tables=false', '--bridge=none', '--storage-driver=vfs'],
      ...['--exec-opt', 'native.cgroupdriver=cgroupfs', '--cgroup-parent', `/${basename(this.directory)}`],
      ...['--shutdown-timeout', '1'],
      ...this.#more,
    ];
    // A test process that is killed takes its dockerd along where `setpriv` is at hand.
    const setpriv = findTool('setpriv');
    return setpriv === undefined
      ? [command[0]!, command.slice(1)]
      : [setpriv, ['--pdeathsig', 'TERM', ...command]];
  }
}

/** A dockerd that is running and holds {@link IMAGE}. The caller calls `remove()` at the end. */
export async function startDockerd(): Promise<Dockerd> {
  const started = new Dockerd();
  try {
    await started.start();
    await started.importImage();
    return started;
  } catch (error) {
    await started.remove();
    throw error;
  }
}

/** A tar of a root file system with busybox in `/bin`, and a link for each of its applets. */
export function busyboxRoot(): Buffer {
  if (busybox === undefined) throw new Error('busybox is not installed');
  const directory = mkdtempSync('/tmp/td-');
  try {
    const bin = join(directory, 'bin');
    mkdirSync(bin);
    copyFileSync(busybox, join(bin, 'busybox'));
    const applets = execFileSync(busybox, ['--list'], { encoding: 'utf8' }).split('\n');
    for (const applet of applets) {
      if (applet !== '' && applet !== 'busybox') symlinkSync('busybox', join(bin, applet));
    }
    return execFileSync('tar', ['-C', directory, '-cf', '-', 'bin'], { maxBuffer: 64 * 1024 * 1024 });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/**
 * Tests whether an ELF program needs no interpreter (no PT_INTERP segment), so that it runs in an
 * empty root.
 */
function isStatic(path: string): boolean {
  return !/\/ld-(linux|musl)[\w.-]*\.so/.test(readFileSync(path).subarray(0, 4096).toString('latin1'));
}
