/** Code of the product in a process of its own, which can be stopped and killed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { onTestFinished } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface OtherProcess {
  readonly pid: number;
  /** Its first output. */
  readonly said: string;
  /** Resolves once it has ended. */
  kill(): Promise<void>;
  stop(): void;
}

/**
 * Runs a module, written in here, that imports from `./src/…` and finds the arguments from
 * `process.argv[2]` on. Resolves once it writes its first line. It is killed when the test is over.
 */
export async function otherProcess(code: string, ...args: readonly string[]): Promise<OtherProcess> {
  const directory = mkdtempSync('/tmp/td-');
  const outfile = join(directory, 'other.cjs');
  buildSync({
    stdin: { contents: code, loader: 'ts', resolveDir: root },
    ...{ bundle: true, outfile, platform: 'node', format: 'cjs', logLevel: 'silent' },
  });
  const child = spawn(process.execPath, [outfile, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
    rmSync(directory, { recursive: true });
  });
  const [said] = await Promise.race([
    once(child.stdout, 'data'),
    ended.then(() => Promise.reject(new Error('it ended at once'))),
  ]);
  return {
    pid: child.pid ?? 0,
    said: String(said),
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
    stop: () => void child.kill('SIGSTOP'),
  };
}
