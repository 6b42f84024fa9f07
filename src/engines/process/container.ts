/** One process as a container: started, ended, and told of as a container engine would. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { constants } from 'node:os';
import { type Observable, Subject } from 'rxjs';
import type { Attributes } from '../../event.ts';
import type { Instant } from '../../instant.ts';
import type { ContainerState } from '../../monitor/states.ts';
import type { RunChange } from '../../restart-policy.ts';

export interface ContainerSpec {
  readonly name: string;
  /** What its events state as the image: nothing is ever unpacked. */
  readonly image: string;
  readonly labels?: Attributes;
}

/** What happened to a container: what `sendContainerEvent` takes, but for where to. */
export interface Report {
  /** Its id. */
  readonly name: string;
  readonly state: ContainerState;
  readonly pid?: number | undefined;
  readonly exitCode?: number | undefined;
  readonly extra: Attributes;
}

export interface ContainerContext {
  readonly report: (report: Report) => void;
  readonly clock: () => Instant;
  /** What runs the program. Default `/bin/sh`. */
  readonly shell?: string | undefined;
}

/**
 * What runs in every container: ends with the exit code that it reads, or with 0 where nobody can tell it any more. So
 * none outlives us, whatever ends us.
 */
const PROGRAM = 'read code; exit "${code:-0}"';

/** The exit code of what could not be started, as shells and engines have it. */
const NOT_STARTED = 127;

export class ProcessContainer {
  readonly id: string = randomBytes(32).toString('hex');
  readonly spec: ContainerSpec;
  /** What a restart policy needs to know. */
  readonly changes: Observable<RunChange>;
  readonly #changes = new Subject<RunChange>();
  readonly #context: ContainerContext;
  #child: ChildProcess | undefined;
  #stopping = false;

  constructor(spec: ContainerSpec, context: ContainerContext) {
    this.spec = spec;
    this.#context = context;
    this.changes = this.#changes.asObservable();
    this.#report('create', {}, spec.labels);
  }

  get running(): boolean {
    return this.#child !== undefined;
  }

  /** Starts its process unless it runs. */
  start(): void {
    if (this.#child) return;
    const child = spawn(this.#context.shell ?? '/bin/sh', ['-c', PROGRAM], {
      ...{ stdio: ['pipe', 'ignore', 'ignore'], cwd: '/', env: {} },
      detached: true, // What is typed at our terminal (Ctrl-C) is not for it.
    });
    this.#child = child;
    child.stdin.on('error', () => undefined); // It has ended before it was told to.
    child.once('spawn', () => {
      this.#changes.next({ kind: 'start', at: this.#context.clock() });
      this.#report('start', { pid: child.pid });
    });
    child.once('error', () => child.pid === undefined && this.#ended(NOT_STARTED));
    child.once('exit', (code, signal) => this.#ended(code ?? 128 + constants.signals[signal ?? 'SIGKILL']));
  }

  /** Has its program end by itself. */
  finish(exitCode: number): void {
    this.#child?.stdin?.end(`${exitCode}\n`);
  }

  /** Sends it a signal. */
  kill(signal: NodeJS.Signals): void {
    if (!this.#child) return;
    this.#report('kill', {}, { signal: String(constants.signals[signal]) });
    this.#child.kill(signal);
  }

  /** Ends it as a user does: it is not meant to be restarted. */
  stop(): void {
    if (!this.#child) return;
    this.#stopping = true;
    this.#changes.next({ kind: 'stop' });
    this.kill('SIGTERM');
  }

  /** Ends it at once; resolves when it has. No changes come any more. */
  async close(): Promise<void> {
    const child = this.#child;
    this.#changes.complete();
    if (!child) return;
    const ended = new Promise((resolve) => child.once('close', resolve));
    this.kill('SIGKILL');
    await ended;
  }

  #ended(exitCode: number): void {
    this.#child = undefined;
    this.#report('die', { exitCode });
    if (this.#stopping) this.#report('stop', {});
    this.#stopping = false;
    this.#changes.next({ kind: 'die', at: this.#context.clock(), exitCode });
  }

  #report(state: ContainerState, values: Pick<Report, 'pid' | 'exitCode'>, extra: Attributes = {}): void {
    const { name, image } = this.spec;
    this.#context.report({ name: this.id, state, ...values, extra: { image, name, ...extra } });
  }
}
