/** Code of the product in a process of its own, which can be stopped and killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { onTestFinished } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface OtherProcess {
  readonly pid: number;
  readonly child: ChildProcess;
  /** Resolves once it has ended. */
  kill(): Promise<void>;
  stop(): void;
}

/**
 * Runs a module, written in here, that imports from `./src/…` and finds the arguments from `process.argv[1]` on.
 * Resolves once it writes its first line. It is killed when the test is over.
 */
export async function otherProcess(code: string, ...args: readonly string[]): Promise<OtherProcess> {
  const built = buildSync({
    stdin: { contents: code, loader: 'ts', resolveDir: root },
    ...{ bundle: true, write: false, platform: 'node', format: 'cjs', logLevel: 'silent' },
  });
  const child = spawn(process.execPath, ['-e', built.outputFiles[0]?.text ?? '', ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  await Promise.race([
    once(child.stdout, 'data'),
    ended.then(() => Promise.reject(new Error('it ended at once'))),
  ]);
  return {
    pid: child.pid ?? 0,
    child,
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
    stop: () => void child.kill('SIGSTOP'),
  };
}
