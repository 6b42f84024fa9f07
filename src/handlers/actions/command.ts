/** Running a command that others wrote: whatever it does, it ends, and all that it started with it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { asyncScheduler, Observable, type SchedulerLike, type Subscription, timer } from 'rxjs';

export interface CommandOptions {
  /** What it reads on stdin; it need not. */
  readonly input: string;
  /** Its environment, besides this process' own. */
  readonly env: Readonly<Record<string, string>>;
  /** How long it may run, in ms. */
  readonly timeout: number;
  /** How long it has to end after SIGTERM, before SIGKILL: in ms. Default 5,000. */
  readonly grace?: number | undefined;
  /** How much of what it prints is kept, in bytes. Default 65,536. */
  readonly limit?: number | undefined;
  /** The clock. Default: the wall clock. */
  readonly scheduler?: SchedulerLike | undefined;
}

/** How a command ended. */
export interface CommandEnd {
  /** Undefined when a signal ended it. */
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  /** Whether it was ended because its time was up. */
  readonly timedOut: boolean;
  /** What it printed on stdout and stderr, as it came, up to the limit. */
  readonly output: string;
  /** How many bytes it printed beyond that. */
  readonly dropped: number;
}

/** Process groups that are on, by the pid of their first process: none outlives this one's orderly end. */
const groups = new Set<number>();
let watching = false;

function watch(group: number): void {
  groups.add(group);
  if (watching) return;
  watching = true;
  process.on('exit', () => {
    for (const each of groups) signalGroup(each, 'SIGKILL');
  });
}

/**
 * Runs a command in a process group of its own: subscribing starts it, and it emits once, when all is over. Errors when it
 * cannot be started. Unsubscribing ends it.
 *
 * When its time is up its group gets SIGTERM, and SIGKILL after `grace`. When the command itself has ended, what it left running
 * in its group is ended in the same way: what is to last must be started by a service manager (or with `setsid`, which nothing
 * here can follow). Output is read to its end, but only its beginning is kept.
 */
export function runCommand(argv: readonly string[], options: CommandOptions): Observable<CommandEnd> {
  return new Observable((subscriber) => {
    const { input, env, timeout, grace = 5000, limit = 65_536, scheduler = asyncScheduler } = options;
    const [file = '', ...args] = argv;
    const child = spawn(file, args, { env: { ...process.env, ...env }, detached: true, stdio: 'pipe' });
    const { pid } = child;
    const output = collect(child, limit);
    let timedOut = false;
    let killing: Subscription | undefined;

    const end = (): void => {
      if (pid === undefined || killing !== undefined) return;
      signalGroup(pid, 'SIGTERM');
      killing = timer(grace, scheduler).subscribe(() => {
        signalGroup(pid, 'SIGKILL');
        // Who left the group may hold the other ends for ever.
        child.stdout.destroy();
        child.stderr.destroy();
      });
    };
    const deadline = timer(timeout, scheduler).subscribe(() => {
      timedOut = true;
      end();
    });

    if (pid !== undefined) watch(pid);
    child.on('error', (error) => {
      if (pid === undefined) subscriber.error(error);
    });
    child.on('exit', end);
    child.on('close', (code, signal) => {
      deadline.unsubscribe();
      // Not even those that have closed their output go on.
      if (pid !== undefined) forget(pid, killing);
      const { text, dropped } = output();
      const exitCode = code ?? undefined;
      subscriber.next({ exitCode, signal: signal ?? undefined, timedOut, output: text, dropped });
      subscriber.complete();
    });
    // It may end, or close its stdin, before it has read all.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    return () => {
      deadline.unsubscribe();
      end();
    };
  });
}

/** The group's last: what is left of it a moment after SIGTERM gets SIGKILL, without anybody waiting for that. */
function forget(group: number, killing: Subscription | undefined): void {
  if (!signalGroup(group, 0)) {
    killing?.unsubscribe();
    groups.delete(group);
    return;
  }
  killing?.add(() => groups.delete(group));
}

/** False when there is no such group any more. */
function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-group, signal);
    return true;
  } catch {
    return false;
  }
}

/** Keeps the beginning of what is printed, and counts the rest. */
function collect(
  { stdout, stderr }: ChildProcess,
  limit: number,
): () => { readonly text: string; readonly dropped: number } {
  const kept: Buffer[] = [];
  let size = 0;
  let dropped = 0;
  for (const stream of [stdout, stderr]) {
    stream?.on('error', () => undefined);
    stream?.on('data', (chunk: Buffer) => {
      const part = chunk.subarray(0, limit - size);
      if (part.length > 0) kept.push(part);
      size += part.length;
      dropped += chunk.length - part.length;
    });
  }
  return () => ({ text: Buffer.concat(kept).toString('utf8'), dropped });
}
