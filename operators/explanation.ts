/** Explains a container's state from its whole history and the events around its death. */
import { adviceOn, type Advice } from './advice.ts';
import type { Cause } from './cause-text.ts';
import { containerKey } from './container-key.ts';
import { foldState, type ContainerState, type Phase, type StateEvent } from './container-state.ts';
import { createExplainer, type Death, explainDeath } from './explain.ts';
import { behind } from './life.ts';
import { neighboursOf, type Neighbour } from './neighbours.ts';
import { crashLoopAt, type CrashLoop, type PastRun, runTimes, type RunTimes } from './past-runs.ts';
import { signalName, signalNumber } from './signals.ts';
import { isEnd } from './words.ts';

/**
 * The explanation of one death, or of a container that runs or never started. Plain data that
 * survives JSON: instants and spans are decimal nanoseconds, instants since the Unix epoch.
 */
export interface Explanation extends Advice {
  readonly id: string;
  readonly name?: string;
  readonly engine?: string;
  /** The socket or address of the engine. */
  readonly endpoint?: string;
  readonly image?: string;
  /**
   * `died`: see `death`; `running`: nothing to explain; `not-started`: created, and no start was
   * seen; `unknown`.
   */
  readonly status: 'died' | 'running' | 'not-started' | 'unknown';
  /** The state after all events. */
  readonly state: Phase;
  /**
   * Start of the current run, end of the last one, or time of creation; absent if no event states
   * it.
   */
  readonly since?: string;
  readonly death?: ExplainedDeath;
  /** The id of the dead container, if it was an earlier one of this name. */
  readonly predecessor?: string;
  /** Time of the next start after the death, of this container or of another one with this name. */
  readonly startedAgain?: string;
  /** Run times of earlier runs of this name. */
  readonly earlier?: RunTimes;
  /** The crash loop that the death belongs to. */
  readonly loop?: CrashLoop;
  /** The image of the last run without an alarming end, if it was another image. */
  readonly imageBefore?: string;
  /** Events of other containers and of engines near the death, the nearest six in order of time. */
  readonly around: readonly Neighbour[];
  /** Gaps in the history of this engine since the run began. */
  readonly gaps: readonly Missing[];
}

/** A death as plain data: see `Death`. */
export interface ExplainedDeath {
  readonly time: string;
  readonly cause: Cause;
  readonly summary: string;
  readonly because: string;
  readonly alarming: boolean;
  readonly requested: boolean;
  readonly exitCode?: number;
  readonly meaning?: string;
  /** The name of the signal that ended it: `SIGKILL`. */
  readonly signal?: string;
  /** The event that requested the end. */
  readonly request?: { readonly time: string; readonly action: string; readonly signal?: string };
  readonly grace?: string;
  readonly duration?: string;
  readonly failedChecks: number;
  /** True if an `oom` event was seen in this run, or the engine's list states it. */
  readonly outOfMemory: boolean;
  readonly reconciled: boolean;
}

/** A part of the history in which events may be missing. */
export interface Missing {
  readonly time: string;
  readonly reason: string;
  readonly detail?: string;
  readonly count?: string;
}

/** Options of `explainContainer`. */
export interface ExplainOptions<T> {
  /** The latest death at or before this instant. Default: the latest of all. */
  readonly at?: bigint | undefined;
  /** Events of all containers near the death, in order. Default: none. */
  readonly around?: readonly T[] | undefined;
  /**
   * The container in the engine's list: its out-of-memory flag counts. Default: only events count.
   */
  readonly listed?: Pick<ContainerState, 'oomKilled' | 'finishedAt'> | undefined;
}

/**
 * Explains the container of the newest of these events.
 *
 * @param events all events of one container, and of earlier containers of its name, in order of
 *   arrival; gap events (type `daemon`, action `gap`) may be among them
 * @returns undefined if no event concerns a container
 * @example
 * explainContainer(await firstValueFrom(events.pipe(byName('web'), toArray())))?.death?.summary // 'exit 3 after 0.7 s'
 */
export function explainContainer<T extends StateEvent>(
  events: readonly T[],
  options: ExplainOptions<T> = {},
): Explanation | undefined {
  const { at, around = [], listed } = options;
  const seen = at === undefined ? events : events.filter(({ timeNano }) => timeNano <= at);
  const subject = seen.findLast(({ type }) => type === 'container');
  if (subject === undefined) return undefined;
  const key = containerKey(subject);
  const state = seen.reduce<ContainerState | undefined>(
    (state, event) => (containerKey(event) === key ? foldState(state, event) : state),
    undefined,
  );
  const last = lastDeath(seen, key) ?? seen.findLast(isDeath);
  const status = statusOf(state, last);
  const runs = pastRuns(seen, last);
  // All events: Docker's `stop`, and a late `oom`, come after the death.
  const death = last && explainDeath(isFlagged(last, listed) ? withFlag(last) : last, events);
  const image = state?.image ?? subject.attributes['image'];
  const earlier = death === undefined ? runs : runs.slice(0, -1);
  const imageBefore = earlier.findLast(({ alarming }) => !alarming)?.image;
  const begin = death?.duration === undefined ? death?.event.timeNano : death.event.timeNano - death.duration;
  const gaps = begin === undefined ? [] : gapsSince(seen, begin, subject);
  return {
    id: subject.id,
    ...optional('name', state?.name ?? subject.name),
    ...optional('engine', subject.source?.engine),
    ...optional('endpoint', endpointOf(subject)),
    ...optional('image', image),
    status,
    state: state?.state ?? 'unknown',
    ...optional('since', sinceOf(state)),
    ...optional('death', death && plain(death)),
    ...optional('predecessor', death && containerKey(death.event) !== key ? death.id : undefined),
    ...optional('startedAgain', last && startAfter(events, last, key)),
    ...optional('earlier', runTimes(earlier)),
    ...optional('loop', crashLoopAt(runs)),
    ...optional('imageBefore', imageBefore === image ? undefined : imageBefore),
    around: death === undefined ? [] : neighboursOf(death.event, around),
    gaps,
    ...adviceOn({
      status,
      death,
      engine: subject.source?.engine,
      name: state?.name ?? subject.id,
      gaps: gaps.length,
    }),
  };
}

/**
 * Explains each of the newest deaths, oldest first: see {@link explainContainer}.
 *
 * @param options `limit`: most deaths, default 100
 */
export function explainEach<T extends StateEvent>(
  events: readonly T[],
  options: Omit<ExplainOptions<T>, 'at'> & { readonly limit?: number } = {},
): readonly Explanation[] {
  const { limit = 100, ...rest } = options;
  return events
    .filter((event) => isDeath(event))
    .slice(-limit)
    .flatMap(({ timeNano }) => explainContainer(events, { ...rest, at: timeNano }) ?? []);
}

/** Events of tidings state the endpoint; other event-shaped values may not. */
function endpointOf({ source }: StateEvent): string | undefined {
  const { endpoint } = (source ?? {}) as { readonly endpoint?: unknown };
  return typeof endpoint === 'string' ? endpoint : undefined;
}

function isDeath(event: StateEvent): boolean {
  return event.type === 'container' && isEnd(event);
}

function lastDeath<T extends StateEvent>(events: readonly T[], key: string): T | undefined {
  return events.findLast((event) => isDeath(event) && containerKey(event) === key);
}

function statusOf(state: ContainerState | undefined, death: unknown): Explanation['status'] {
  if (state?.state === 'running' || state?.state === 'paused')
    return death === undefined ? 'running' : 'died';
  if (death !== undefined) return 'died';
  return state?.state === 'created' ? 'not-started' : 'unknown';
}

function sinceOf(state: ContainerState | undefined): string | undefined {
  if (state === undefined) return undefined;
  const { startedAt, finishedAt, createdAt } = state;
  if (state.state === 'running' || state.state === 'paused') return startedAt;
  return state.state === 'created' ? createdAt : (finishedAt ?? startedAt ?? createdAt);
}

/** All ended runs up to a death. */
function pastRuns<T extends StateEvent>(events: readonly T[], upTo: T | undefined): readonly PastRun[] {
  const explainer = createExplainer<T>();
  const images = new Map<string, string>();
  const runs: PastRun[] = [];
  for (const [index, event] of events.entries()) {
    if (event.type !== 'container') continue;
    const key = containerKey(event);
    const found = explainer.explain(event, behind(events, index));
    if (event.attributes['image'] !== undefined) images.set(key, event.attributes['image']);
    if (event.action === 'start') {
      const before = runs.findLast((run) => run.key === key);
      if (before !== undefined) before.startedAgain ??= event.timeNano;
    }
    if (found?.kind !== 'death') continue;
    const { alarming, duration } = found;
    const image = images.get(key);
    runs.push({ key, image, end: event.timeNano, duration, alarming, startedAgain: undefined });
    if (event === upTo) break;
  }
  return runs;
}

/**
 * Largest difference between the engine's own time of the end and that of its event: 2 s, in ns.
 */
const NEAR = 2_000_000_000n;

/** Tests whether the engine's list states that this very run ran out of memory. */
function isFlagged(death: StateEvent, listed: ExplainOptions<StateEvent>['listed']): boolean {
  if (listed?.oomKilled !== true || listed.finishedAt === undefined) return false;
  const apart = BigInt(listed.finishedAt) - death.timeNano;
  return apart < NEAR && -apart < NEAR;
}

function withFlag<T extends StateEvent>(death: T): T {
  return { ...death, attributes: { ...death.attributes, oomKilled: 'true' } };
}

function startAfter(events: readonly StateEvent[], death: StateEvent, key: string): string | undefined {
  const from = events.indexOf(death) + 1;
  const start = events.slice(from).find((event) => event.action === 'start' && containerKey(event) === key);
  return start && String(start.timeNano);
}

function gapsSince(events: readonly StateEvent[], begin: bigint, { source }: StateEvent): readonly Missing[] {
  return events
    .filter(
      (event) =>
        event.type === 'daemon' &&
        event.action === 'gap' &&
        event.timeNano >= begin &&
        (event.source?.engine === source?.engine || event.source?.engine === 'tidings'),
    )
    .slice(-3)
    .map(({ timeNano, attributes: { reason = 'unknown', detail, count } }) => ({
      time: String(timeNano),
      reason,
      ...optional('detail', detail),
      ...optional('count', count),
    }));
}

function plain<T extends StateEvent>(death: Death<T>): ExplainedDeath {
  const { event, cause, summary, because, alarming, requested, exitCode, meaning, signal, request } = death;
  const sent = signalNumber(request?.attributes['signal']);
  return {
    time: String(event.timeNano),
    ...{ cause, summary, because, alarming, requested },
    ...optional('exitCode', exitCode),
    ...optional('meaning', meaning),
    ...optional('signal', signal === undefined ? undefined : signalName(signal)),
    ...optional(
      'request',
      request && {
        time: String(request.timeNano),
        action: request.action,
        ...optional('signal', sent === undefined ? undefined : signalName(sent)),
      },
    ),
    ...optional('grace', death.grace === undefined ? undefined : String(death.grace)),
    ...optional('duration', death.duration === undefined ? undefined : String(death.duration)),
    failedChecks: death.failedChecks,
    outOfMemory:
      event.attributes['oomKilled'] === 'true' || death.seen.some(({ action }) => action === 'oom'),
    reconciled: death.reconciled,
  };
}

function optional<K extends string, V>(key: K, value: V | undefined): Partial<Record<K, V>> {
  return value === undefined ? {} : ({ [key]: value } as Record<K, V>);
}
