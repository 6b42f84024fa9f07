/** The events of one run of a container that can explain its end. */
import { containerKey } from './container-key.ts';
import type { StateEvent } from './container-state.ts';
import { exitCodeOf } from './exit-code.ts';
import type { Described, Sourced } from './shapes.ts';
import { isRemoval } from './words.ts';

/** Facts from the events of a run. */
export interface Life<T> {
  readonly startedAt: bigint | undefined;
  /** The latest 16 events that can be related to its end: `kill`, `stop`, `oom`. */
  readonly seen: readonly T[];
  readonly unhealthy: boolean;
  /** Undefined before the first. */
  readonly checks: Checks | undefined;
  /** An event after the death that shows a request before it: see {@link withLater}. */
  readonly late: T | undefined;
}

/**
 * Health checks: engines report each as an exec, like the execs of users. Changed in place: of most
 * hosts, they are most of the events.
 */
interface Checks {
  /** True after a result: the container has health checks. */
  known: boolean;
  /** The command of the checks; while that is unknown, of execs that may be checks. */
  command: string | undefined;
  /** Count of failures in a row. */
  failed: number;
  /** Running execs: their ids and commands, at most 8. */
  readonly running: { readonly id: string; readonly command: string }[];
  /** The command of the last exec to end. */
  last: string | undefined;
}

const noChecks = (): Checks => ({
  ...{ known: false, command: undefined, failed: 0, running: [], last: undefined },
});

/** A run without events so far. */
export const UNSEEN: Life<never> = {
  ...{ startedAt: undefined, seen: [], unhealthy: false, checks: undefined, late: undefined },
};
const SEEN = 16;
const EXECS = 8;

/** Failed health checks in a row; 0 if no event shows that the container has health checks. */
export function failedChecks({ checks }: Life<unknown>): number {
  return checks?.known === true ? checks.failed : 0;
}

/**
 * The run after one of its events; the same object if it is of no more use than before. Execs change
 * the run itself.
 */
export function lifeAfter<T extends StateEvent>(life: Life<T>, event: T): Life<T> {
  const { action } = event;
  if (action.startsWith('exec_')) return afterExec(life, event);
  if (action === 'start') {
    const checks = life.checks && { ...life.checks, failed: 0, running: [] };
    return { ...UNSEEN, startedAt: event.timeNano, checks };
  }
  if (isSuspect(event)) return { ...life, seen: [...life.seen, event].slice(-SEEN) };
  if (!action.startsWith('health_status')) return life;
  // Docker reports a change after the check that caused it, Podman each check before the end of its
  // exec.
  const checks = { ...(life.checks ?? noChecks()), known: true };
  if (!isPodman(event)) checks.command = checks.last ?? checks.command;
  if (isUnhealthy(event)) return { ...life, checks, unhealthy: true };
  if (isStarting(event)) return { ...life, checks };
  return { ...life, checks: { ...checks, failed: 0 }, unhealthy: false };
}

function afterExec<T extends StateEvent>(life: Life<T>, event: T): Life<T> {
  const { action, attributes } = event;
  const isStart = action.startsWith('exec_start');
  if (!isStart && action !== 'exec_die' && action !== 'exec_died') return life;
  const { checks = noChecks() } = life;
  // Podman 4 reports the health before a check, so the check itself is newer.
  const hadFailed = isPodman(event) && checks.failed > 0;
  const id = attributes['execID'] ?? '';
  if (isStart) {
    checks.running.push({ id, command: attributes['args'] ?? action.replace(/^exec_start:? ?/, '') });
    if (checks.running.length > EXECS) checks.running.shift();
  } else takeExec(checks, id, event);
  const unhealthy = life.unhealthy && !(hadFailed && checks.failed === 0);
  if (checks === life.checks && unhealthy === life.unhealthy) return life;
  return { ...life, checks, unhealthy };
}

/** Takes the end of an exec. */
function takeExec(checks: Checks, id: string, event: StateEvent): void {
  const { known, running, failed } = checks;
  const index = running.findLastIndex((each) => each.id === id);
  const [exec] = index < 0 ? [] : running.splice(index, 1);
  const command = exec?.command ?? '';
  // Podman reports the start of an exec unless it is a check, and omits an exit code of 0.
  const isOther = isPodman(event) ? exec !== undefined : known && command !== checks.command;
  if (isOther) return;
  const code = exitCodeOf(event.attributes) ?? (isPodman(event) ? 0 : undefined);
  const isSame = command === checks.command || isPodman(event);
  checks.last = command;
  if (code === undefined) return;
  if (code === 0) {
    if (isSame) checks.failed = 0;
    return;
  }
  checks.command = command;
  checks.failed = (isSame ? failed : 0) + 1;
}

function isPodman({ source }: Sourced): boolean {
  return source?.engine === 'podman';
}

export function isUnhealthy(event: Described): boolean {
  return statusOf(event) === 'unhealthy';
}

function isStarting(event: Described): boolean {
  return statusOf(event) === 'starting';
}

function statusOf({ action, attributes }: Described): string | undefined {
  if (!action.startsWith('health_status')) return undefined;
  return (
    /^health_status: (.+)$/.exec(action)?.[1] ?? attributes['health_status'] ?? attributes['healthStatus']
  );
}

/**
 * Docker reports `stop` after the death, and `restart` after the new start; only Podman's come
 * before it. Docker's `stop` is dropped at the next start.
 */
function isSuspect(event: Described & Sourced): boolean {
  const { action } = event;
  return (
    action === 'kill' || action === 'stop' || action === 'oom' || (action === 'restart' && isPodman(event))
  );
}

/** Longest delay of late evidence after a death, in ns: it takes another way through an engine. */
export const LATE = 5_000_000_000n;

/**
 * The run with the events after its end: an `oom`, Docker's `stop` and `kill`, and Podman's second
 * `cleanup`. Docker reports a `kill` once the signal was sent, so a quick death comes before it.
 * Podman 4 emits no `stop` if its monitor process sees the end first; in that case both that
 * process and the command clean up.
 */
export function withLater<T extends StateEvent>(life: Life<T>, death: T, later: Iterable<T>): Life<T> {
  const key = containerKey(death);
  let found = life;
  let cleanups = 0;
  for (const event of later) {
    if (event.timeNano - death.timeNano > LATE) break;
    if (event.type !== 'container' || containerKey(event) !== key) continue;
    const { action } = event;
    if (action === 'start' || isRemoval(action)) break;
    if (action === 'cleanup' && isPodman(event)) cleanups += 1;
    if (action === 'oom' || action === 'kill') found = lifeAfter(found, event);
    else if (action === 'stop' || cleanups === 2) found = { ...found, late: found.late ?? event };
  }
  return found;
}

/** The events after one of them: see {@link withLater}. */
export function* behind<T>(events: readonly T[], index: number): Iterable<T> {
  for (let i = index + 1; i < events.length; i++) yield events[i] as T;
}
