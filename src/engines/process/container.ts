/** Runs one process as a container, and reports its events as a container engine would. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { constants } from 'node:os';
import { type Observable, Subject } from 'rxjs';
import type { Attributes } from '../../event.ts';
import type { Instant } from '../../instant.ts';
import type { MonitorState } from '../../monitor/state-codes.ts';
import type { RunChange } from '../../restart-policy.ts';

export interface ContainerSpec {
  readonly name: string;
  /** The image in its events; no image is unpacked. */
  readonly image: string;
  readonly labels?: Attributes;
}

/** An event of a container: the argument of `sendContainerEvent` without the destination. */
export interface ProcessReport {
  /** Its id. */
  readonly name: string;
  readonly state: MonitorState;
  readonly pid?: number | undefined;
  readonly exitCode?: number | undefined;
  readonly extra: Attributes;
}

export interface ContainerContext {
  readonly report: (report: ProcessReport) => void;
  readonly clock: () => Instant;
  /** Interpreter of the program. Default `/bin/sh`. */
  readonly shell?: string | undefined;
}

/**
 * The program of every container: it ends with the exit code that it reads, or with 0 at the end of
 * its input. So none outlives this process, whatever ends it.
 */
const PROGRAM = 'read code; exit "${code:-0}"';

/** Exit code of a program that could not be started, as in shells and engines. */
const NOT_STARTED = 127;

export class ProcessContainer {
  readonly id: string = randomBytes(32).toString('hex');
  readonly spec: ContainerSpec;
  /** Changes for a restart policy. */
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
      detached: true, // Keys at our terminal (Ctrl-C) must not reach it.
    });
    this.#child = child;
    child.stdin.on('error', () => undefined); // It may end before it reads the exit code.
    child.once('spawn', () => {
      this.#changes.next({ kind: 'start', at: this.#context.clock() });
      this.#report('start', { pid: child.pid });
    });
    child.once('error', () => child.pid === undefined && this.#ended(NOT_STARTED));
    child.once('exit', (code, signal) => this.#ended(code ?? 128 + constants.signals[signal ?? 'SIGKILL']));
  }

  /** Makes its program end by itself. */
  finish(exitCode: number): void {
    this.#child?.stdin?.end(`${exitCode}\n`);
  }

  /** Sends it a signal. */
  kill(signal: NodeJS.Signals): void {
    if (!this.#child) return;
    this.#report('kill', {}, { signal: String(constants.signals[signal]) });
    this.#child.kill(signal);
  }

  /** Ends it as a user does: a restart policy leaves it stopped. */
  stop(): void {
    if (!this.#child) return;
    this.#stopping = true;
    this.#changes.next({ kind: 'stop' });
    this.kill('SIGTERM');
  }

  /** Ends it at once; resolves at its end. No changes follow. */
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

  #report(
    state: MonitorState,
    values: Pick<ProcessReport, 'pid' | 'exitCode'>,
    extra: Attributes = {},
  ): void {
    const { name, image } = this.spec;
    this.#context.report({ name: this.id, state, ...values, extra: { image, name, ...extra } });
  }
}
