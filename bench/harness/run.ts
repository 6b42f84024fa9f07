/** Runs one benchmark, and cleans up after it in every case. */
import { mkdtempSync, rmSync } from 'node:fs';
import type { Benchmark, Context, Jobs, Line, SpawnOptions, Worker } from './benchmark.ts';
import { profiling } from './profile.ts';
import { startWorker } from './workers.ts';

/** Result of a benchmark. */
export interface Outcome {
  readonly name: string;
  readonly lines: readonly Line[];
  /** The reason why it did not run here. */
  readonly missing?: string | undefined;
  /** The reason why it did not run to its end. */
  readonly failed?: string | undefined;
}

export interface RunOptions {
  /** Runs fewer and smaller measurements: for use during development. */
  readonly quick: boolean;
  /** Directory for CPU profiles of the processes, which slow them down. Default: no profiles. */
  readonly profiles?: string | undefined;
  /** Count of measurements of each pair, 1 or more. Default 9, or 3 in quick mode. */
  readonly rounds?: number | undefined;
  /** The script of the workers. Default: that of this build. */
  readonly script?: string | undefined;
}

export async function measure(
  benchmark: Benchmark,
  { quick, profiles, rounds, script }: RunOptions,
): Promise<Outcome> {
  const { name } = benchmark;
  const missing = benchmark.missing?.();
  if (missing !== undefined) return { name, lines: [], missing };
  const workers: Worker<Jobs>[] = [];
  const directory = mkdtempSync('/tmp/td-');
  const start = <J extends Jobs>({ execArgv = [] }: SpawnOptions): Worker<J> => {
    if (profiles === undefined) return startWorker<J>(name, { execArgv }, 'kill', script);
    const more = profiling(profiles, `${name}-${String(workers.length + 1).padStart(2, '0')}`);
    return startWorker<J>(name, { execArgv: [...execArgv, ...more] }, 'disconnect', script);
  };
  const context: Context = {
    quick,
    rounds: rounds ?? (quick ? 3 : 9),
    scaled: (count) => (quick ? Math.ceil(count / 10) : count),
    directory,
    spawn: <J extends Jobs>(_: J, options: SpawnOptions = {}) => {
      const worker = start<J>(options);
      workers.push(worker);
      return worker;
    },
  };
  try {
    return { name, lines: await benchmark.measure(context) };
  } catch (error) {
    return { name, lines: [], failed: error instanceof Error ? error.message : String(error) };
  } finally {
    await Promise.all(workers.map((worker) => worker.end()));
    rmSync(directory, { recursive: true, force: true });
  }
}
