/** Decides which problems of containers become messages, and when. */
import { createExplainer, type Death, type Illness } from '../../../operators/explain.ts';
import { isRemoval } from '../../../operators/words.ts';
import { dropOldest } from '../../../operators/drop-oldest.ts';
import type { EngineEvent } from '../../event.ts';
import type { Alert, AlertMessage, AlertSettings } from './alert.ts';
import {
  type AlertState,
  type Group,
  keptWaiting,
  type Problem,
  type Waiting,
  waitingOf,
} from './alert-state.ts';
import { about, span, textOf, titleOf } from './alert-text.ts';
import { quietUntil } from './quiet-hours.ts';

/** Time for events that explain a death after it (`stop`, `oom`): in ms. */
const LATE = 2000;

/** A removal this soon after a death is the engine's own (`--rm`): in ms. */
const BY_ITSELF = 10_000;

/** Most problems, and most compose projects, at a time. */
const PROBLEMS = 10_000;

/** Actions that change a compose project. */
const CHANGES: ReadonlySet<string> = new Set(['create', 'destroy', 'remove', 'stop', 'kill', 'rename']);

/**
 * Follows the containers of one alert. Deterministic: time only comes in by `take` and `advance`, in
 * ms since the Unix epoch, and never decreases.
 *
 * A container has at most one problem: a crash loop counts its deaths. Memory: at most 10,000
 * problems, and the events of the last two seconds.
 */
export class AlertTracker {
  readonly #settings: AlertSettings;
  readonly #explainer = createExplainer<EngineEvent>();
  readonly #problems: Map<string, Problem>;
  readonly #updates: Map<string, number>;
  #group: Group | undefined;
  #sent: number[];
  #outbox: AlertMessage[];
  #messages: number;
  readonly #waiting: Waiting[];

  constructor(settings: AlertSettings, state?: AlertState) {
    this.#settings = settings;
    this.#problems = new Map(state?.problems);
    this.#updates = new Map(state?.updates);
    this.#group = state?.group;
    this.#sent = [...(state?.sent ?? [])];
    this.#outbox = [...(state?.outbox ?? [])];
    this.#messages = state?.messages ?? 0;
    this.#waiting = waitingOf(state?.waiting ?? []);
  }

  get state(): AlertState {
    return {
      problems: [...this.#problems],
      updates: [...this.#updates],
      group: this.#group,
      sent: this.#sent,
      outbox: this.#outbox,
      messages: this.#messages,
      waiting: keptWaiting(this.#waiting),
    };
  }

  /** The next time at which `advance` has something to do; undefined if nothing is due. */
  get next(): number | undefined {
    const times = [...this.#problems.values()].flatMap((problem) => this.#dueOf(problem) ?? []);
    if (this.#group !== undefined) times.push(this.#group.due);
    const [first] = this.#waiting;
    if (first !== undefined) times.push(first.at + LATE);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** Takes an event of a container. */
  take(event: EngineEvent, at: number): void {
    if (event.type === 'container') this.#waiting.push({ event, at });
  }

  /** Moves the time on. @returns the messages that are due until then */
  advance(to: number): readonly AlertMessage[] {
    const messages: AlertMessage[] = [];
    for (let next = this.next; next !== undefined && next <= to; next = this.next) {
      this.#explainUntil(next);
      for (const [key, problem] of this.#problems) this.#check(key, problem, next);
      const message = this.#flush(next);
      if (message !== undefined) messages.push(message);
    }
    return messages;
  }

  /** Forgets a message that needs no further delivery. */
  delivered(id: string): void {
    this.#outbox = this.#outbox.filter((message) => message.id !== id);
  }

  #explainUntil(now: number): void {
    while (this.#waiting[0] !== undefined && this.#waiting[0].at + LATE <= now) {
      const { event, at } = this.#waiting.shift() as Waiting;
      this.#explain(
        event,
        this.#waiting.map((each) => each.event),
        at,
      );
    }
  }

  #explain(event: EngineEvent, later: readonly EngineEvent[], at: number): void {
    const { action } = event;
    const project = projectOf(event);
    const key = keyOf(event);
    if (project !== undefined && this.#settings.compose > 0 && CHANGES.has(action)) {
      this.#updates.delete(project);
      this.#updates.set(project, at + this.#settings.compose);
      if (this.#updates.size > PROBLEMS) dropOldest(this.#updates);
    }
    if (action === 'rename') this.#renamed(key, event);
    const found = this.#explainer.explain(event, later);
    const problem = this.#problems.get(key);
    if (found?.kind === 'death') {
      const isRemoved = later.some((each) => isRemoval(each.action) && keyOf(each) === key);
      return isRemoved && isForced(found) ? undefined : this.#died(key, found, at);
    }
    if (found?.kind === 'illness') return this.#sickened(key, found, at);
    if (problem === undefined) return;
    if (isRemoval(action)) return this.#removed(key, problem, at);
    if (problem.kind === 'death') {
      // In a crash loop, a stop can hit a container that waits for its next start.
      if (action === 'stop') this.#settling(problem, 'it was stopped', at);
      if (action === 'start') this.#settling(problem, 'it runs again', at);
    } else if (/^health_status: ?healthy/.test(action)) this.#settling(problem, 'it is healthy again', at);
    // Its checks begin again.
    else if (action === 'start') problem.stableAt = undefined;
  }

  /**
   * A problem ends once this lasts. A stop alone does not end it: an engine that is restarted stops
   * its containers too, and starts them again.
   */
  #settling(problem: Problem, end: string, at: number): void {
    problem.stableAt = at + this.#settings.settle;
    problem.end = end;
  }

  #died(key: string, death: Death<EngineEvent>, at: number): void {
    const problem = this.#problems.get(key);
    if (!death.alarming) {
      if (problem !== undefined)
        this.#settling(problem, death.requested ? 'it was stopped' : 'it ended well', at);
      return;
    }
    if (problem === undefined || problem.kind === 'illness') return this.#open(key, death, at, problem);
    problem.count++;
    problem.last = at;
    problem.because = death.because;
    problem.stableAt = undefined;
  }

  /** A container that becomes unhealthy repeatedly has one problem. */
  #sickened(key: string, illness: Illness<EngineEvent>, at: number): void {
    const problem = this.#problems.get(key);
    if (problem === undefined) return this.#open(key, illness, at);
    if (problem.kind === 'illness') problem.stableAt = undefined;
  }

  /** @param before an illness of the container, which its death continues */
  #open(key: string, found: Death<EngineEvent> | Illness<EngineEvent>, at: number, before?: Problem): void {
    const { event, id, name = id } = found;
    const because = found.kind === 'death' ? found.because : `unhealthy, ${found.summary}`;
    this.#problems.delete(key);
    this.#problems.set(key, {
      ...{ name, id, engine: event.source.engine, image: event.attributes['image'] },
      project: projectOf(event),
      kind: found.kind === 'death' ? 'death' : 'illness',
      since: before?.since ?? at,
      ...{
        because,
        count: found.kind === 'death' ? 1 : 0,
        last: at,
        told: before?.told ?? false,
        gone: false,
      },
    });
    if (this.#problems.size > PROBLEMS) dropOldest(this.#problems);
  }

  /** The problem of a container goes with it to its new name. */
  #renamed(key: string, { id, name = id, source }: EngineEvent): void {
    const [old, problem] =
      [...this.#problems].find(([, each]) => each.id === id && each.engine === source.engine) ?? [];
    if (old === undefined || problem === undefined || old === key) return;
    this.#problems.delete(old);
    this.#problems.set(key, { ...problem, name });
    const i = this.#group?.firing.indexOf(old) ?? -1;
    if (i >= 0) this.#group?.firing.splice(i, 1, key);
  }

  #removed(key: string, problem: Problem, at: number): void {
    const itself =
      problem.kind === 'death' && at - problem.last <= BY_ITSELF && !this.#isUpdating(problem, at);
    if (!itself) return this.#resolve(key, problem, 'it was removed', at);
    problem.gone = true;
    // Its message is on the way: nothing else will follow.
    if (problem.told && this.#group?.firing.includes(key) !== true) this.#problems.delete(key);
  }

  #isUpdating({ project }: Problem, at: number): boolean {
    return project !== undefined && (this.#updates.get(project) ?? 0) > at;
  }

  /** When it becomes an alert, or has recovered. */
  #dueOf({ told, stableAt, since, project }: Problem): number | undefined {
    if (stableAt !== undefined) return stableAt;
    if (told) return undefined;
    const update = project === undefined ? 0 : (this.#updates.get(project) ?? 0);
    return Math.max(since + LATE, since + this.#settings.for, update);
  }

  #check(key: string, problem: Problem, now: number): void {
    const { stableAt, end = 'it runs again', told } = problem;
    if (stableAt !== undefined) {
      if (stableAt <= now) this.#resolve(key, problem, end, now);
      return;
    }
    if (told || (this.#dueOf(problem) ?? Infinity) > now) return;
    problem.told = true;
    this.#gather(now).firing.push(key);
  }

  /** Ends a problem; without an earlier message, it needs no message. */
  #resolve(key: string, problem: Problem, how: string, at: number): void {
    this.#problems.delete(key);
    const i = this.#group?.firing.indexOf(key) ?? -1;
    if (i >= 0) this.#group?.firing.splice(i, 1);
    if (i >= 0 || !problem.told || !this.#settings.recovery) return;
    const { name, count, since } = problem;
    const after = count > 1 ? `, after ${count} deaths in ${span(since, problem.last)}` : '';
    this.#gather(at).resolved.push({
      ...about(problem),
      status: 'resolved',
      text: `${name}: ${how}${after}`,
      endedAt: at,
    });
  }

  #gather(now: number): Group {
    return (this.#group ??= { due: now + this.#settings.group, firing: [], resolved: [] });
  }

  /** The message that is due, unless quiet hours or the rate limit hold it back. */
  #flush(now: number): AlertMessage | undefined {
    const group = this.#group;
    if (group === undefined || group.due > now) return undefined;
    const { quiet, limit } = this.#settings;
    const held = Math.max(quietUntil(quiet, now), this.#roomAt(now, limit.within));
    if (group.firing.length + group.resolved.length > 0 && held > now) {
      group.due = held;
      return undefined;
    }
    this.#group = undefined;
    const firing = group.firing.flatMap((key): Alert[] => {
      const problem = this.#problems.get(key);
      if (problem === undefined) return [];
      if (problem.gone) this.#problems.delete(key);
      return [{ ...about(problem), status: 'firing', text: textOf(problem), endedAt: undefined }];
    });
    const alerts = [...firing, ...group.resolved];
    if (alerts.length === 0) return undefined;
    const message = { id: `${now.toString(36)}-${++this.#messages}`, title: titleOf(alerts), alerts };
    this.#sent.push(now);
    this.#outbox.push(message);
    return message;
  }

  /** The time at which the rate limit allows a message. */
  #roomAt(now: number, within: number): number {
    this.#sent = this.#sent.filter((time) => time > now - within);
    const { count } = this.#settings.limit;
    const oldest = this.#sent[this.#sent.length - count];
    return oldest === undefined ? now : oldest + within;
  }
}

/** Engines that report no signal of a removal by force. */
const SILENT: ReadonlySet<string> = new Set(['podman', 'containerd']);

/**
 * Tests for an unexplained SIGKILL on an engine that reports no signal of a removal by force: with a
 * removal right after it, a user asked for both.
 */
function isForced({ event, signal, cause }: Death<EngineEvent>): boolean {
  return SILENT.has(event.source.engine) && signal === 9 && cause !== 'out-of-memory';
}

/** The compose project of an event. Jobs of `compose run` belong to no update. */
function projectOf({ attributes }: EngineEvent): string | undefined {
  return attributes['com.docker.compose.oneoff'] === 'True'
    ? undefined
    : attributes['com.docker.compose.project'];
}

/** A container that is made again under its name is the same to people. */
function keyOf({ id, name = id, source }: EngineEvent): string {
  return `${source.engine} ${source.id ?? ''} ${name}`;
}
