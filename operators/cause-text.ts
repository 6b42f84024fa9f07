/** The cause of a death in words. */
import { exitText } from './exit-code.ts';
import type { Described } from './shapes.ts';
import { signalName, signalNumber } from './signals.ts';
import { spanText } from './span-text.ts';

/**
 * Causes of the end of a run.
 *
 * - `finished`: ended by itself, with exit code 0.
 * - `failed`: ended by itself, with another exit code.
 * - `crashed`: ended by a signal that no event shows being sent.
 * - `stopped`: ended after a request.
 * - `grace-ran-out`: killed because it did not end in time after a request.
 * - `killed`: killed by a user.
 * - `unhealthy`: one of these three, after its health check had failed.
 * - `out-of-memory`: killed by the kernel for lack of memory.
 * - `unexplained`: SIGKILL from outside the engine, without an event about its sender.
 * - `unknown`: the engine stated no exit code.
 */
export type Cause =
  | 'finished'
  | 'failed'
  | 'crashed'
  | 'stopped'
  | 'grace-ran-out'
  | 'killed'
  | 'unhealthy'
  | 'out-of-memory'
  | 'unexplained'
  | 'unknown';

/** The facts behind the words: see `Death`. */
export interface Facts {
  readonly cause: Cause;
  readonly exitCode: number | undefined;
  readonly meaning: string | undefined;
  readonly signal: number | undefined;
  readonly request: Described | undefined;
  readonly grace: bigint | undefined;
  readonly duration: bigint | undefined;
  readonly failedChecks: number;
  readonly seen: readonly Described[];
}

/**
 * The cause in a few words: `exit 3 after 0.7 s`, `on request (SIGTERM, SIGKILL after 10 s)`.
 * ASCII, on one line.
 */
export function summaryOf(facts: Facts): string {
  const { cause, exitCode, meaning, signal, request, duration, seen } = facts;
  if (request !== undefined) return requestText(request, facts);
  const after = duration === undefined ? '' : ` after ${spanText(duration)}`;
  const end = endText(exitCode, signal);
  const meant = meaning === undefined ? '' : ` (${meaning})`;
  const oom = seen.some(({ action }) => action === 'oom') ? ', a process was out of memory' : '';
  const wording: Record<Cause, string> = {
    finished: `${end}${after}`,
    failed: `${end}${meant}${after}${oom}`,
    crashed: `crashed (${end})${after}`,
    stopped: `stopped (${end})${after}`,
    'grace-ran-out': `stopped (${end})${after}`,
    killed: `killed (${end})${after}`,
    unhealthy: `unhealthy (${end})${after}`,
    'out-of-memory': `out of memory${after}`,
    unexplained: `killed from outside (${end})${after}`,
    unknown: `${end}${after}`,
  };
  return wording[cause];
}

/** The end: `SIGKILL`, `exit 1`. */
function endText(exitCode: number | undefined, signal: number | undefined): string {
  if (signal !== undefined) return signalName(signal);
  return exitCode === undefined ? 'no exit code' : `exit ${exitText(exitCode)}`;
}

function requestText(request: Described, { cause, exitCode, signal, grace, failedChecks }: Facts): string {
  const sent = signalNumber(request.attributes['signal']);
  const asked = request.action === 'kill' && sent !== undefined ? signalName(sent) : requestWord(request);
  const parts = [asked];
  const end = endText(exitCode, signal);
  if (grace !== undefined) parts.push(`${end} after ${spanText(grace)}`);
  // Left out if the end is the expected one: exit code 0, or the requested signal.
  else if (exitCode !== 0 && end !== asked) parts.push(end);
  const checks = checksText(failedChecks);
  const unhealthy = cause === 'unhealthy' ? ' while unhealthy' : '';
  return `on request (${parts.join(', ')})${checks === undefined ? unhealthy : ` after ${checks}`}`;
}

/** The word of a request; Podman's second clean-up shows a stop. */
export function requestWord({ action }: Pick<Described, 'action'>): string {
  return action === 'cleanup' ? 'stop' : action;
}

/** `3 failed checks`; undefined without failed checks. */
export function checksText(failedChecks: number): string | undefined {
  if (failedChecks === 0) return undefined;
  return failedChecks === 1 ? '1 failed check' : `${failedChecks} failed checks`;
}

/** The cause as a clause that follows a name: `killed by the kernel, out of memory`. */
export function becauseOf({ cause, exitCode, signal }: Facts): string {
  const by = signal === undefined ? `with exit code ${exitCode ?? 'unknown'}` : `by ${signalName(signal)}`;
  const wording: Record<Cause, string> = {
    finished: 'finished',
    failed: `failed ${by}`,
    crashed: `crashed ${by}`,
    stopped: `stopped when asked to, ${by}`,
    'grace-ran-out': 'killed as it did not stop in time',
    killed: `killed ${by}`,
    unhealthy: `stopped as it was unhealthy, ${by}`,
    'out-of-memory': 'killed by the kernel, out of memory',
    unexplained: 'killed from outside the engine',
    unknown: 'ended without an exit code',
  };
  return wording[cause];
}
