/** Runs a user's command, bounded in time and output. All processes of its group end with it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { asyncScheduler, Observable, type SchedulerLike, type Subscription, timer } from 'rxjs';

export interface CommandOptions {
  /** Text for its stdin; the command need not read it. */
  readonly input: string;
  /** Environment variables in addition to those of this process. */
  readonly env: Readonly<Record<string, string>>;
  /** Time limit, in ms. */
  readonly timeout: number;
  /** Time between SIGTERM and SIGKILL: in ms. Default 5,000. */
  readonly grace?: number | undefined;
  /** Bytes of output that are kept. Default 65,536. */
  readonly limit?: number | undefined;
  /** The clock. Default: the wall clock. */
  readonly scheduler?: SchedulerLike | undefined;
}

/** End of a command. */
export interface CommandEnd {
  /** Undefined if a signal ended it. */
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  /** True if it was ended because it exceeded its time limit. */
  readonly timedOut: boolean;
  /** Output on stdout and stderr, in order of arrival, up to the limit. */
  readonly output: string;
  /** Bytes of output beyond the limit. */
  readonly dropped: number;
}

/**
 * Running process groups, by the pid of their first process. All end when this process ends in
 * order.
 */
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
 * Runs a command in its own process group. Subscribing starts it; it emits once, at its end. Errors
 * if it cannot be started. Unsubscribing ends it.
 *
 * At the time limit its group gets SIGTERM, and SIGKILL after `grace`. When the command itself has
 * ended, processes that it left in its group are ended in the same way. Start longer-lived
 * processes by a service manager (or with `setsid`, which leaves the group). Output is read to its
 * end, but only its beginning is kept.
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
        // A process that left the group may hold the other ends open for ever.
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
      // Ends also processes that have closed their output.
      if (pid !== undefined) forget(pid, killing);
      const { text, dropped } = output();
      const exitCode = code ?? undefined;
      subscriber.next({ exitCode, signal: signal ?? undefined, timedOut, output: text, dropped });
      subscriber.complete();
    });
    // The command may end, or close its stdin, before it has read everything.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    return () => {
      deadline.unsubscribe();
      end();
    };
  });
}

/** Ends the rest of the group: SIGTERM now, SIGKILL a moment later. Nothing waits for that. */
function forget(group: number, killing: Subscription | undefined): void {
  if (!signalGroup(group, 0)) {
    killing?.unsubscribe();
    groups.delete(group);
    return;
  }
  killing?.add(() => groups.delete(group));
}

/** Returns false if the group no longer exists. */
function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-group, signal);
    return true;
  } catch {
    return false;
  }
}

/** Keeps the beginning of the output and counts the rest. */
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
