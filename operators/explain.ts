/** The verdict on a death: its cause, from the events before it. */

import { containerKey, stateKey } from './container-key.ts';
import type { ContainerState, StateEvent } from './container-state.ts';
import { dropOldest } from './drop-oldest.ts';
import { checkCount } from './check.ts';
import { becauseOf, type Cause, checksText, summaryOf } from './cause-text.ts';
import { exitCodeOf, exitMeaning, signalOfExit } from './exit-code.ts';
import { failedChecks, isUnhealthy, type Life, lifeAfter, UNSEEN, withLater } from './life.ts';
import type { Described, Named } from './shapes.ts';
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
  /** Somebody asked the engine for it: an event before it shows a stop, a kill or a restart. */
  readonly requested: boolean;
  /** Nobody asked for it, and it did not finish with 0: a reason to look. */
  readonly alarming: boolean;
  readonly exitCode: number | undefined;
  /** The meaning of the exit code, see {@link exitMeaning}; undefined if it is the program's own. */
  readonly meaning: string | undefined;
  /** The number of the signal that ended it, if one did. */
  readonly signal: number | undefined;
  /** The first event by which somebody asked it to end. */
  readonly request: T | undefined;
  /** If it ran out: nanoseconds from the request to the SIGKILL, or to the death where no event tells of that. */
  readonly grace: bigint | undefined;
  /** Nanoseconds from its start to its death by the engine's clock; undefined if the start was not seen. */
  readonly duration: bigint | undefined;
  /** Health checks that had failed in a row before it, as far as events tell; 0 if it was healthy or has none. */
  readonly failedChecks: number;
  /** The engine's list showed it after an outage: the events before it were not seen. */
  readonly reconciled: boolean;
  /** The latest 16 events of this run that can have to do with it: `kill`, `stop`, `oom`. */
  readonly seen: readonly T[];
  /** The cause in a few words: `exit 3 after 0.7 s`, `on request (SIGTERM, SIGKILL after 10 s)`. */
  readonly summary: string;
  /** The cause as a clause, to be put behind a name: `killed by the kernel, out of memory`. */
  readonly because: string;
}

/** A container that has become unhealthy. */
export interface Illness<T> extends Named {
  readonly kind: 'illness';
  readonly id: string;
  readonly name: string | undefined;
  /** The event that says so. */
  readonly event: T;
  /** Health checks that have failed in a row, as far as events tell; 0 if they do not. */
  readonly failedChecks: number;
  /** `3 failed checks`, or `unhealthy` if no check was seen. */
  readonly summary: string;
}

export interface DeathsOptions {
  /** Containers that run already, as a list or a snapshot has them: their run times. Default: none. */
  readonly seed?:
    | Iterable<Pick<ContainerState, 'id' | 'engine' | 'engineId' | 'state' | 'startedAt'>>
    | undefined;
  /** How many containers are remembered, 1 or more; then the one seen longest ago is forgotten. Default 10,000. */
  readonly limit?: number | undefined;
}

export interface Explainer<T> {
  /**
   * Takes the next event in.
   *
   * @param later events behind it, if they are known: an `oom` or a `stop` can come behind the death
   * @returns the death, or the illness, that it tells of
   */
  explain(event: T, later?: Iterable<T>): Death<T> | Illness<T> | undefined;
}

/**
 * Explains deaths one event at a time: for each event of a death its cause, as far as the events before it tell. An
 * exit code of 137 alone can be a `docker kill`, the OOM killer, or a stop whose grace ran out.
 *
 * Memory: for each container that runs, up to `limit`, the time of its start and up to 16 events.
 *
 * @throws RangeError at the call if `limit` is not a whole number of 1 or more
 */
export function createExplainer<T extends StateEvent>(options: DeathsOptions = {}): Explainer<T> {
  const { seed = [], limit = 10_000 } = options;
  checkCount('limit', limit, 1);
  /** By the latest change. */
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
      if (isEnd(event.action)) {
        lives.delete(key);
        return deathOf(event, withLater(life, event, later));
      }
      const after = isRemoval(event.action) ? undefined : lifeAfter(life, event);
      if (after === life) return undefined;
      lives.delete(key);
      if (after === undefined) return undefined;
      lives.set(key, after);
      if (lives.size > limit) dropOldest(lives);
      return isUnhealthy(event) ? illnessOf(event, after) : undefined;
    },
  };
}

/**
 * Explains one death from the events around it, in the order in which they came; events of other containers do not
 * matter. An `oom` or a `stop` that came just behind the death counts too. Pure: nothing is remembered.
 *
 * @param death the event of the death; if it is not one of the events, all of them count as before it
 * @example
 * const { cause, summary } = explainDeath(die, events); // 'grace-ran-out', 'on request (SIGTERM, SIGKILL after 10 s)'
 */
export function explainDeath<T extends StateEvent>(death: T, events: Iterable<T>): Death<T> {
  const key = containerKey(death);
  const all = [...events];
  const index = all.findIndex((event) => isSame(event, death));
  let life: Life<T> = UNSEEN;
  for (const event of index < 0 ? all : all.slice(0, index)) {
    if (event.type !== 'container' || containerKey(event) !== key) continue;
    life = isEnd(event.action) || isRemoval(event.action) ? UNSEEN : lifeAfter(life, event);
  }
  return deathOf(death, index < 0 ? life : withLater(life, death, all.slice(index + 1)));
}

function isSame(one: StateEvent, other: StateEvent): boolean {
  return (
    one === other ||
    (isEnd(one.action) && one.timeNano === other.timeNano && containerKey(one) === containerKey(other))
  );
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

/** Signals by which a container is stopped, unless its image asks for a stranger one: INT, QUIT, TERM, RTMIN+3. */
const STOPS = new Set([2, 3, 15, 37]);

function asksToEnd({ action, attributes }: Described): boolean {
  return action === 'kill' ? STOPS.has(signalNumber(attributes['signal']) ?? 0) : action !== 'oom';
}

function deathOf<T extends StateEvent>(event: T, life: Life<T>): Death<T> {
  const { id, name, attributes, timeNano } = event;
  const { seen, startedAt, late } = life;
  const exitCode = exitCodeOf(attributes);
  const signal = signalOfExit(exitCode);
  const sends = ({ attributes }: Described): boolean => signalNumber(attributes['signal']) === signal;
  // Not every engine states the signal of a kill.
  const isSender = (each: T): boolean =>
    each.action === 'kill' && (each.attributes['signal'] === undefined || sends(each));
  const sender = signal === undefined ? undefined : seen.findLast(isSender);
  // Docker said `stop` behind the death: the signal before it, whichever it was, was its stop signal.
  const asked =
    seen.find((each) => asksToEnd(each)) ??
    (late === undefined ? undefined : (seen.find(({ action }) => action === 'kill') ?? late));
  const cause = causeOf(exitCode, {
    signal,
    // iSulad states the signal with the death itself.
    sent: sender !== undefined || (signal !== undefined && sends(event)),
    asked: asked !== undefined,
    // Podman does not tell of the kill.
    stop: asked !== undefined && asked.action !== 'kill',
    oom: attributes['oomKilled'] === 'true' || seen.some(({ action }) => action === 'oom'),
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
