/**
 * Separate processes of a benchmark: garbage and optimizations of one side do not affect the other.
 */
import { dirname, join } from 'node:path';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Jobs, SpawnOptions, Worker } from './benchmark.ts';

/** Request to a worker. */
export interface Request {
  readonly call: number;
  readonly job: string;
  readonly args: readonly unknown[];
}

/** Answer of a worker. */
export type Answer =
  | { readonly call: number; readonly result: unknown }
  | { readonly call: number; readonly error: string };

interface Call {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

const own = join(dirname(process.argv[1] ?? ''), 'worker.js');

/**
 * Starts a process that runs the jobs of the benchmark of that name.
 *
 * @param ending kills the process at once, or lets Node run its exit work
 * @param script script of the process: `worker.js` of a bundle of benchmarks
 */
export function startWorker<J extends Jobs>(
  benchmark: string,
  { execArgv = [] }: SpawnOptions = {},
  ending: 'kill' | 'disconnect' = 'kill',
  script: string = own,
): Worker<J> {
  const child = fork(script, [benchmark], { serialization: 'advanced', execArgv: [...execArgv] });
  const calls = new Map<number, Call>();
  let last = 0;
  child.on('message', (answer: Answer) => {
    const call = calls.get(answer.call);
    calls.delete(answer.call);
    if ('error' in answer) call?.reject(new Error(answer.error));
    else call?.resolve(answer.result);
  });
  child.on('exit', (code, signal) => {
    for (const { reject } of calls.values())
      reject(new Error(`a worker of ${benchmark} ended: ${signal ?? code}`));
    calls.clear();
  });
  return {
    pid: child.pid as number,
    run: (job, ...args) =>
      new Promise((resolve, reject) => {
        const request: Request = { call: ++last, job, args };
        calls.set(request.call, { resolve: resolve as Call['resolve'], reject });
        child.send(request);
      }),
    end: () => end(child, ending),
  };
}

async function end(child: ChildProcess, ending: 'kill' | 'disconnect'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  if (ending === 'kill') child.kill('SIGKILL');
  else child.disconnect();
  await ended;
}
