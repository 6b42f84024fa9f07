/** What a benchmark is, and what it yields. */
import type { Pairs } from './statistics.ts';

/** In what the numbers are. */
export type Unit = 'events/s' | 'ns' | 'bytes';

/** What a line should reach. */
export interface Aim {
  readonly text: string;
  met(line: Pick<Line, 'pairs'>): boolean;
}

/** What was measured, against what else in the same run. */
export interface Line {
  /** What is asked about, e.g. `1,000 exact names ÷ 1 subscriber`. */
  readonly what: string;
  readonly unit: Unit;
  readonly pairs: Pairs;
  readonly aim: Aim;
}

export interface Context {
  /** Smaller and fewer: for use while working. */
  readonly quick: boolean;
  /** How often each pair is measured. */
  readonly rounds: number;
  /** The number, or about a tenth of it when quick. */
  scaled(count: number): number;
  /** A process of its own that runs this benchmark's jobs; ended after the benchmark. */
  spawn<J extends Jobs>(jobs: J, options?: SpawnOptions): Worker<J>;
  /** A short directory of this benchmark's own, removed after it. */
  readonly directory: string;
}

export interface SpawnOptions {
  /** Options for Node, e.g. `--expose-gc`. */
  readonly execArgv?: readonly string[];
}

/** Functions that a process of its own can run; arguments and results are copied. */
// oxlint-disable-next-line typescript/no-explicit-any -- each has its own parameters
export type Jobs = Readonly<Record<string, (...args: any[]) => unknown>>;

export interface Worker<J extends Jobs> {
  readonly pid: number;
  /** Runs a job there; several may run at a time. */
  run<K extends keyof J & string>(job: K, ...args: Parameters<J[K]>): Promise<Awaited<ReturnType<J[K]>>>;
  /** Ends the process. */
  end(): Promise<void>;
}

export interface Benchmark {
  readonly name: string;
  /** What runs in processes of its own. */
  readonly jobs?: Jobs;
  /** Why it cannot run here, if so: an engine that is not installed. */
  missing?(): string | undefined;
  measure(context: Context): Promise<readonly Line[]>;
}
