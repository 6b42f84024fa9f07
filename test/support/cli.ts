/** The real command as a child process. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { BehaviorSubject, filter, firstValueFrom, map } from 'rxjs';
import { beforeAll, onTestFinished } from 'vitest';
import { bundledCommand } from './bundled.ts';

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  /** Its output so far. */
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Resolves once stdout (or stderr) matches. */
  until(pattern: RegExp, stream?: 'stdout' | 'stderr'): Promise<void>;
  readonly finished: Promise<Finished>;
}

interface RunOptions {
  /** Besides `PATH`: nothing of the tests' own environment gets through. */
  readonly env?: Readonly<Record<string, string>>;
  /**
   * The program that runs it, and arguments that come first. Default: the Node that runs the tests.
   */
  readonly runtime?: readonly string[];
  /** A file descriptor to write to, instead of a pipe to the test. */
  readonly stdout?: number;
}

/** Starts the command. */
export interface Cli {
  (args: readonly string[], options?: RunOptions): Running;
  /** The path of its bundle. */
  path(): string;
}

/** Makes, for the tests of this file, a function that starts the command. */
export function cli(): Cli {
  let path = '';
  beforeAll(() => {
    path = bundledCommand();
  });
  return Object.assign((args: readonly string[], options?: RunOptions) => start(path, args, options), {
    path: () => path,
  });
}

/**
 * Starts a program for Node, without the environment of the tests; stopped at the end of the
 * test.
 */
export function start(
  command: string,
  args: readonly string[],
  { env = {}, runtime = [process.execPath], stdout }: RunOptions = {},
): Running {
  const home = mkdtempSync('/tmp/td-');
  const [program = '', ...first] = runtime;
  const child = spawn(program, [...first, command, ...args], {
    // A home of its own, so that no config file, daemon or engine of this machine is found.
    env: {
      PATH: process.env['PATH'],
      HOME: home,
      XDG_CONFIG_HOME: home,
      TIDINGS_STATE_DIR: join(home, 'state'),
      TIDINGS_DATA_DIR: join(home, 'data'),
      TZ: 'UTC',
      ...env,
    },
    stdio: ['ignore', stdout ?? 'pipe', 'pipe'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
    rmSync(home, { recursive: true, force: true });
  });
  const written = { stdout: new BehaviorSubject(''), stderr: new BehaviorSubject('') };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8');
    child[name]?.on('data', (text: string) => written[name].next(written[name].value + text));
  }
  const finished = new Promise<Finished>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      for (const text of Object.values(written)) text.complete();
      resolve({ code, stdout: written.stdout.value, stderr: written.stderr.value });
    });
  });
  return {
    child,
    stdout: () => written.stdout.value,
    stderr: () => written.stderr.value,
    until: (pattern, stream = 'stdout') =>
      firstValueFrom(
        written[stream].pipe(
          filter((text) => pattern.test(text)),
          map(() => undefined),
        ),
      ),
    finished,
  };
}
