import { defer, mergeMap, type OperatorFunction } from 'rxjs';
import { checkCount } from './check.ts';
import { containerKey } from './container-key.ts';
import { dropOldest } from './drop-oldest.ts';
import { exitCodeOf } from './exit-code.ts';
import type { Described, Named, Sourced, Timed } from './shapes.ts';
import { signalName, signalNumber } from './signals.ts';
import { isEnd, isRemoval } from './words.ts';

/**
 * What ended a run:
 * `finished`: by itself, with 0; `failed`: by itself, with another code; `crashed`: by a signal that nobody sent;
 * `stopped`: it was asked to, and did; `grace-ran-out`: it was asked to, did not in time, and was killed;
 * `killed`: somebody killed it; `out-of-memory`: the kernel did, for want of memory;
 * `unexplained`: something killed it that no event tells of; `unknown`: the engine stated no exit code.
 */
export type Cause =
  | 'finished'
  | 'failed'
  | 'crashed'
  | 'stopped'
  | 'grace-ran-out'
  | 'killed'
  | 'out-of-memory'
  | 'unexplained'
  | 'unknown';

/** A container's death, and why. */
export interface Death<T> extends Named {
  readonly id: string;
  readonly name: string | undefined;
  /** The event of the death. */
  readonly event: T;
  readonly exitCode: number | undefined;
  readonly cause: Cause;
  /** The number of the signal that ended it, where one did. */
  readonly signal: number | undefined;
  /** What was seen before, in this run, that can have to do with it: the latest 16 of `kill`, `stop`, `oom`. */
  readonly seen: readonly T[];
  /** The cause for people, to be put behind a name: `killed by the kernel, out of memory`. */
  readonly because: string;
}

export interface DeathsOptions {
  /** How many containers that something was seen of are remembered, 1 or more. Default 10,000. */
  readonly limit?: number | undefined;
}

/**
 * Emits each death of a container with what it died of, as far as the events before it tell: an exit code of 137
 * is a `docker kill`, the OOM killer, or a stop whose grace ran out, and says by itself which only to those who
 * saw the rest.
 *
 * Memory: up to 16 events of each container that was killed, stopped or out of memory and has not died or started
 * since, of up to `limit` containers; then what was seen of the one first seen is forgotten, and its death can
 * become `unexplained`.
 *
 * @throws RangeError at the call when `limit` is no whole number, 1 or more
 */
export function deaths<T extends Timed & Named & Described & Sourced>(
  options: DeathsOptions = {},
): OperatorFunction<T, Death<T>> {
  const { limit = 10_000 } = options;
  checkCount('limit', limit, 1);
  return (source) =>
    defer(() => {
      const suspects = new Map<string, readonly T[]>();
      return source.pipe(
        mergeMap((event) => {
          if (event.type !== 'container') return NONE;
          const key = containerKey(event);
          const seen = suspects.get(key) ?? NONE;
          if (isEnd(event.action)) {
            suspects.delete(key);
            return [death(event, seen)];
          }
          if (event.action === 'start' || isRemoval(event.action)) suspects.delete(key);
          else if (isSuspect(event)) {
            suspects.set(key, [...seen, event].slice(-SEEN));
            if (suspects.size > limit) dropOldest(suspects);
          }
          return NONE;
        }),
      );
    });
}

const NONE: readonly never[] = [];
const SEEN = 16;
const SIGKILL = 9;

/**
 * Docker says `stop` after the death, and `restart` after the new start: only Podman's come before it. Docker's
 * `stop` is forgotten with the next start.
 */
function isSuspect({ action, source }: Described & Sourced): boolean {
  return (
    action === 'kill' ||
    action === 'stop' ||
    action === 'oom' ||
    (action === 'restart' && source?.engine === 'podman')
  );
}

function death<T extends Timed & Named & Described>(event: T, seen: readonly T[]): Death<T> {
  const exitCode = exitCodeOf(event.attributes);
  const signal = exitCode !== undefined && exitCode > 128 && exitCode <= 192 ? exitCode - 128 : undefined;
  // iSulad states the signal with the death itself.
  const sent = [...seen, event].map(({ attributes }) => signalNumber(attributes['signal']));
  const asked = seen.find((each) => asksToEnd(each));
  const cause = causeOf(exitCode, {
    signal,
    sent: sent.includes(signal ?? NaN),
    asked: asked !== undefined,
    // Podman does not tell of the kill.
    stop: asked !== undefined && asked.action !== 'kill',
    oom: seen.some(({ action }) => action === 'oom'),
  });
  const { id, name } = event;
  return { id, name, event, exitCode, cause, signal, seen, because: because(cause, exitCode, signal) };
}

/** What was seen of the run that has ended. */
interface Clues {
  readonly signal: number | undefined;
  /** Whether somebody sent it that signal. */
  readonly sent: boolean;
  readonly asked: boolean;
  readonly stop: boolean;
  readonly oom: boolean;
}

function causeOf(exitCode: number | undefined, { signal, sent, asked, stop, oom }: Clues): Cause {
  if (signal === SIGKILL) {
    if (asked && (sent || stop)) return 'grace-ran-out';
    if (sent) return 'killed';
    return oom ? 'out-of-memory' : 'unexplained';
  }
  if (asked) return 'stopped';
  if (signal !== undefined) return sent ? 'killed' : 'crashed';
  if (exitCode === undefined) return 'unknown';
  return exitCode === 0 ? 'finished' : 'failed';
}

/** Signals by which a container is stopped, unless its image asks for a stranger one: INT, QUIT, TERM, RTMIN+3. */
const STOPS = new Set([2, 3, 15, 37]);

function asksToEnd({ action, attributes }: Described): boolean {
  return action === 'kill' ? STOPS.has(signalNumber(attributes['signal']) ?? 0) : action !== 'oom';
}

function because(cause: Cause, exitCode: number | undefined, signal: number | undefined): string {
  const by = signal === undefined ? `with exit code ${exitCode ?? 'unknown'}` : `by ${signalName(signal)}`;
  const wording: Record<Cause, string> = {
    finished: 'finished',
    failed: `failed ${by}`,
    crashed: `crashed ${by}`,
    stopped: `stopped when asked to, ${by}`,
    'grace-ran-out': 'killed as it did not stop in time',
    killed: `killed ${by}`,
    'out-of-memory': 'killed by the kernel, out of memory',
    unexplained: 'killed by something that no event tells of',
    unknown: 'ended without an exit code',
  };
  return wording[cause];
}
