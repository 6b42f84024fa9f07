/** The interface of a benchmark, and its results. */
import type { Pairs } from './statistics.ts';

/** Units of the numbers. */
export type Unit = 'events/s' | 'frames/s' | 'ns' | 'bytes';

/** Aim of a line. */
export interface Aim {
  readonly text: string;
  met(line: Pick<Line, 'pairs'>): boolean;
}

/** A measurement, compared with another one of the same run. */
export interface Line {
  /** Title of the comparison, e.g. `1,000 exact names ÷ 1 subscriber`. */
  readonly what: string;
  readonly unit: Unit;
  readonly pairs: Pairs;
  readonly aim: Aim;
}

export interface Context {
  /** Runs fewer and smaller measurements: for use during development. */
  readonly quick: boolean;
  /** Count of measurements of each pair. */
  readonly rounds: number;
  /** The number, or about a tenth of it in quick mode. */
  scaled(count: number): number;
  /** Starts a separate process that runs this benchmark's jobs; it ends after the benchmark. */
  spawn<J extends Jobs>(jobs: J, options?: SpawnOptions): Worker<J>;
  /** A directory with a short path for this benchmark, removed after it. */
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
  /** Jobs that run in separate processes. */
  readonly jobs?: Jobs;
  /** The reason why it cannot run here, if any: an engine that is not installed. */
  missing?(): string | undefined;
  measure(context: Context): Promise<readonly Line[]>;
}
