/** Finds the cause of a death from the events before it. */

import { containerKey, stateKey } from './container-key.ts';
import type { ContainerState, StateEvent } from './container-state.ts';
import { dropOldest } from './drop-oldest.ts';
import { checkCount } from './check.ts';
import { becauseOf, type Cause, checksText, summaryOf } from './cause-text.ts';
import { exitCodeOf, exitMeaning, signalOfExit } from './exit-code.ts';
import { failedChecks, isUnhealthy, LATE, type Life, lifeAfter, UNSEEN, withLater } from './life.ts';
import type { Described, Named, Timed } from './shapes.ts';
import { signalNumber } from './signals.ts';
import { isEnd, isRemoval } from './words.ts';

/** A container's death, and its cause. */
export interface Death<T> extends Named {
  readonly kind: 'death';
  readonly id: string;
  readonly name: string | undefined;
  /** The event of the death. */
  readonly event: T;
  readonly cause: Cause;
  /** True if the end was requested: an earlier event shows a stop, a kill or a restart. */
  readonly requested: boolean;
  /** True without a request, and without exit code 0: a reason to look. */
  readonly alarming: boolean;
  readonly exitCode: number | undefined;
  /**
   * The meaning of the exit code, see {@link exitMeaning}; undefined if it is the program's own.
   */
  readonly meaning: string | undefined;
  /** The number of the signal that ended it, if a signal did. */
  readonly signal: number | undefined;
  /** The first event that requested the end. */
  readonly request: T | undefined;
  /**
   * If the grace period ran out: nanoseconds from the request to the SIGKILL, or to the death if no
   * event shows the SIGKILL.
   */
  readonly grace: bigint | undefined;
  /**
   * Nanoseconds from its start to its death by the engine's clock; undefined if the start was not
   * seen.
   */
  readonly duration: bigint | undefined;
  /**
   * Failed health checks in a row before the death, as far as events show; 0 for a healthy
   * container, or one without checks.
   */
  readonly failedChecks: number;
  /** True if the engine's list showed it after an outage: the events before it are missing. */
  readonly reconciled: boolean;
  /** The latest 16 events of this run that can be related to the death: `kill`, `stop`, `oom`. */
  readonly seen: readonly T[];
  /** The cause in a few words: `exit 3 after 0.7 s`, `on request (SIGTERM, SIGKILL after 10 s)`. */
  readonly summary: string;
  /** The cause as a clause that follows a name: `killed by the kernel, out of memory`. */
  readonly because: string;
}

/** A container that has become unhealthy. */
export interface Illness<T> extends Named {
  readonly kind: 'illness';
  readonly id: string;
  readonly name: string | undefined;
  /** The event that reports it. */
  readonly event: T;
  /** Failed health checks in a row, as far as events show; otherwise 0. */
  readonly failedChecks: number;
  /** `3 failed checks`, or `unhealthy` if no check was seen. */
  readonly summary: string;
}

/** Options of `deaths` and `createExplainer`. */
export interface DeathsOptions {
  /** Containers that run already, from a list or a snapshot: their start times. Default: none. */
  readonly seed?:
    | Iterable<Pick<ContainerState, 'id' | 'engine' | 'engineId' | 'state' | 'startedAt'>>
    | undefined;
  /**
   * Most remembered containers, 1 or more; beyond it, the least recently seen one is dropped.
   * Default 10,000.
   */
  readonly limit?: number | undefined;
  /**
   * True: a death is returned again, with the same event, if a later event shows another cause of it:
   * an `oom`, a `kill` or a `stop` of its container, at most 5 s after it and before the next start.
   * Default false.
   */
  readonly revise?: boolean | undefined;
}

/** Finds causes of deaths in a sequence of events. */
export interface Explainer<T> {
  /**
   * Takes the next event.
   *
   * @param later later events, if known: an `oom` or a `stop` can follow the death
   * @returns the death, or the illness, that it shows; with `revise` also the death that it explains
   */
  explain(event: T, later?: Iterable<T>): Death<T> | Illness<T> | undefined;
}

/**
 * Explains deaths one event at a time: for each death its cause, derived from the events before it.
 * An exit code of 137 alone can mean a `docker kill`, the OOM killer, or a stop after its grace
 * period.
 *
 * Memory: for each running container, up to `limit`, its start time and up to 16 events.
 *
 * @throws RangeError at the call if `limit` is not a whole number of 1 or more
 */
export function createExplainer<T extends StateEvent>(options: DeathsOptions = {}): Explainer<T> {
  const { seed = [], limit = 10_000, revise = false } = options;
  checkCount('limit', limit, 1);
  /** The latest death of containers that have not started since. */
  const ended = new Map<string, Ended<T>>();
  const died = (key: string, life: Life<T>, event: T, later: Iterable<T>): Death<T> => {
    const death = deathOf(event, withLater(life, event, later));
    if (!revise) return death;
    ended.delete(key);
    ended.set(key, { life, later: [...later], death });
    if (ended.size > limit) dropOldest(ended);
    return death;
  };
  const revised = (key: string, event: T): Death<T> | undefined => {
    const past = ended.get(key);
    if (past === undefined) return undefined;
    const { life, later, death } = past;
    const isOver = event.action === 'start' || isRemoval(event.action) || later.length >= MOST_LATER;
    if (isOver || event.timeNano - death.event.timeNano > LATE) ended.delete(key);
    if (isOver) return undefined;
    later.push(event);
    const again = deathOf(death.event, withLater(life, death.event, later));
    if (again.cause === death.cause && again.summary === death.summary) return undefined;
    past.death = again;
    return again;
  };
  /** In order of the latest change. */
  const lives = new Map<string, Life<T>>();
  for (const container of seed) {
    if (container.state !== 'running' && container.state !== 'paused') continue;
    lives.set(stateKey(container), { ...UNSEEN, startedAt: instantOf(container.startedAt) });
    if (lives.size > limit) dropOldest(lives);
  }
  return {
    explain: (event, later = []) => {
      if (event.type !== 'container') return undefined;
      const key = containerKey(event);
      const life = lives.get(key) ?? UNSEEN;
      if (isEnd(event)) {
        lives.delete(key);
        return died(key, life, event, later);
      }
      const again = ended.size > 0 ? revised(key, event) : undefined;
      const after = isRemoval(event.action) ? undefined : lifeAfter(life, event);
      if (after === life) return again;
      lives.delete(key);
      if (after === undefined) return again;
      lives.set(key, after);
      if (lives.size > limit) dropOldest(lives);
      return again ?? (isUnhealthy(event) ? illnessOf(event, after) : undefined);
    },
  };
}

/**
 * Explains one death from the events around it, in order of arrival; events of other containers are
 * ignored. An `oom` or a `stop` shortly after the death counts too. Pure function.
 *
 * @param death the event of the death; if it is not one of the events, all of them count as before
 *   it
 * @example
 * const { cause, summary } = explainDeath(died, [killed, died]); // 'grace-ran-out', 'on request (SIGTERM, SIGKILL after 10 s)'
 */
export function explainDeath<T extends StateEvent>(death: T, events: Iterable<T>): Death<T> {
  const key = containerKey(death);
  const all = [...events];
  const own = all.indexOf(death);
  const index = own < 0 ? all.findIndex((event) => isSame(event, death)) : own;
  let life: Life<T> = UNSEEN;
  for (const event of index < 0 ? all : all.slice(0, index)) {
    if (event.type !== 'container' || containerKey(event) !== key) continue;
    life = isEnd(event) || isRemoval(event.action) ? UNSEEN : lifeAfter(life, event);
  }
  return deathOf(death, index < 0 ? life : withLater(life, death, all.slice(index + 1)));
}

/** A death that later events may explain. */
interface Ended<T> {
  readonly life: Life<T>;
  /** The events since. */
  readonly later: T[];
  death: Death<T>;
}

/** Most events after a death that can explain it. */
const MOST_LATER = 16;

/** Tests for the same death, in another copy. */
function isSame(one: StateEvent, other: StateEvent): boolean {
  return isEnd(one) && one.timeNano === other.timeNano && containerKey(one) === containerKey(other);
}

function illnessOf<T extends StateEvent>(event: T, life: Life<T>): Illness<T> {
  const { id, name } = event;
  const failed = failedChecks(life);
  return {
    ...{ kind: 'illness', id, name, event },
    failedChecks: failed,
    summary: checksText(failed) ?? 'unhealthy',
  };
}

const SIGKILL = 9;

/** Common stop signals of containers: INT, QUIT, TERM, RTMIN+3. Images can choose others. */
const STOPS = new Set([2, 3, 15, 37]);

/** Signals whose default is a core dump, and SIGKILL: programs do not clean up after them. */
const AT_ONCE = new Set([3, 4, 5, 6, 7, 8, SIGKILL, 11, 24, 25, 31]);

/**
 * Tests whether a kill with an unknown signal can have caused a death: a program that lived on after
 * it survived that signal. Podman's events state no signal; a death by SIGKILL follows within 0.4 s
 * on a busy machine. Programs that catch a signal may clean up for as long as a stop's grace period.
 */
function isPrompt(kill: Timed, death: Timed, signal: number | undefined): boolean {
  return death.timeNano - kill.timeNano <= (AT_ONCE.has(signal ?? 0) ? 1_000_000_000n : GRACE);
}

/** Default grace period of a stop, in ns. */
const GRACE = 10_000_000_000n;

function asksToEnd({ action, attributes }: Described): boolean {
  return action === 'kill' ? STOPS.has(signalNumber(attributes['signal']) ?? 0) : action !== 'oom';
}

function deathOf<T extends StateEvent>(event: T, life: Life<T>): Death<T> {
  const { id, name, attributes, timeNano } = event;
  const { seen, startedAt, late } = life;
  const exitCode = exitCodeOf(attributes);
  const signal = signalOfExit(exitCode);
  const sends = ({ attributes }: Described): boolean => signalNumber(attributes['signal']) === signal;
  const isSender = (each: T): boolean =>
    each.action === 'kill' &&
    (each.attributes['signal'] === undefined ? isPrompt(each, event, signal) : sends(each));
  const sender = signal === undefined ? undefined : seen.findLast(isSender);
  // Docker's `stop` follows the death: the last signal before it was the container's stop signal.
  const asked =
    seen.find((each) => asksToEnd(each)) ??
    (late === undefined ? undefined : (seen.find(({ action }) => action === 'kill') ?? late));
  const oom = attributes['oomKilled'] === 'true' || seen.some(({ action }) => action === 'oom');
  const cause = causeOf(exitCode, {
    signal,
    // iSulad states the signal with the death itself.
    sent: sender !== undefined || (signal !== undefined && sends(event)),
    asked: asked !== undefined,
    // Podman does not report the kill. On Docker, another one can end a container that is being stopped.
    stop: asked !== undefined && (asked.action !== 'kill' || (late !== undefined && !oom)),
    oom,
  });
  const request = REQUESTED.has(cause) ? (asked ?? sender) : undefined;
  const killedAt = sender?.timeNano ?? timeNano;
  const facts = {
    cause: life.unhealthy && request !== undefined ? ('unhealthy' as const) : cause,
    exitCode,
    meaning: exitCode === undefined ? undefined : exitMeaning(exitCode),
    signal,
    request,
    grace: cause === 'grace-ran-out' && request ? span(request.timeNano, killedAt) : undefined,
    duration: startedAt === undefined ? undefined : span(startedAt, timeNano),
    failedChecks: failedChecks(life),
    seen,
  };
  return {
    kind: 'death',
    id,
    name,
    event,
    ...facts,
    requested: request !== undefined,
    alarming: request === undefined && cause !== 'finished',
    reconciled: attributes['reconciled'] === 'true',
    summary: summaryOf(facts),
    because: becauseOf(facts),
  };
}

const REQUESTED: ReadonlySet<Cause> = new Set(['stopped', 'grace-ran-out', 'killed']);

/** Undefined if the engine's clock was set back in between. */
function span(from: bigint, to: bigint): bigint | undefined {
  return to >= from ? to - from : undefined;
}

function instantOf(text: string | undefined): bigint | undefined {
  return text !== undefined && /^\d{1,20}$/.test(text) && text !== '0' ? BigInt(text) : undefined;
}

/** Facts about the run that has ended. */
interface Clues {
  readonly signal: number | undefined;
  /** True if an event shows that the signal was sent. */
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
