/** Reconciles: derives the changes during an outage from the engine's own list of containers. */
import type { ContainerState } from '../../operators/container-state.ts';
import { type Attributes, type EventSource, foreignAttributes, type IncomingEvent } from '../event.ts';
import type { Instant } from '../instant.ts';
import type { Inspected } from './control.ts';

/** Context of a list. All times are by the engine's clock: nanoseconds since the Unix epoch. */
export interface ListContext {
  readonly source: EventSource;
  /** The time of the last event before the hole. */
  readonly position: Instant | undefined;
  /** The engine's time of the list, also for changes without a stated time. */
  readonly listedAt: Instant;
}

const isUp = ({ state }: ContainerState): boolean => state === 'running' || state === 'paused';
const hasEnded = ({ state }: ContainerState): boolean =>
  state === 'exited' || state === 'restarting' || state === 'dead';

/**
 * The events that lead from the states before the hole to the list, oldest first, each with the
 * attribute `reconciled`. Times and exit codes are the engine's own if it states them. A new
 * container counts as created in the hole only if the engine says so: many are older than the
 * stream.
 */
export function reconcile(
  before: ReadonlyMap<string, ContainerState>,
  listed: readonly Inspected[],
  context: ListContext,
): IncomingEvent[] {
  const events: IncomingEvent[] = [];
  const found = new Set<string>();
  for (const { state } of listed) {
    found.add(state.id);
    const earlier = before.get(state.id);
    const isChange = earlier !== undefined && earlier.state !== 'removed';
    events.push(...(isChange ? changed(earlier, state, context) : created(state, context)));
  }
  for (const state of before.values()) {
    if (found.has(state.id) || state.state === 'removed') continue;
    const { listedAt } = context;
    if (isUp(state)) events.push(happened(state, 'die', listedAt, context));
    events.push(happened(state, 'destroy', listedAt, context));
  }
  return events.sort((a, b) => (a.timeNano < b.timeNano ? -1 : a.timeNano > b.timeNano ? 1 : 0));
}

function created(now: ContainerState, context: ListContext): IncomingEvent[] {
  const createdAt = inHole(now.createdAt, context);
  if (createdAt === undefined) return [];
  return [happened(now, 'create', createdAt, context), ...run(now, context)];
}

/** The last run of a container, including its end. */
function run(now: ContainerState, context: ListContext): IncomingEvent[] {
  const startedAt = instantOf(now.startedAt);
  const events: IncomingEvent[] = [];
  // containerd states no start: an end in the gap proves one.
  const endedAt = hasEnded(now) ? inHole(now.finishedAt, context) : undefined;
  if (startedAt !== undefined || isUp(now) || endedAt !== undefined) {
    events.push(happened(now, 'start', startedAt ?? endedAt ?? context.listedAt, context));
    if (hasEnded(now)) events.push(death(now, context));
  }
  if (now.state === 'paused') events.push(happened(now, 'pause', context.listedAt, context));
  return events;
}

function changed(before: ContainerState, now: ContainerState, context: ListContext): IncomingEvent[] {
  const events: IncomingEvent[] = [];
  const { listedAt } = context;
  if (before.name !== undefined && now.name !== undefined && before.name !== now.name) {
    events.push(happened(now, 'rename', listedAt, context, { oldName: `/${before.name}` }));
  }
  const startedAt = unseen(now.startedAt, before.startedAt, context);
  const otherPid = before.pid !== undefined && now.pid !== undefined && before.pid !== now.pid;
  const restarted = startedAt !== undefined || otherPid;
  if (restarted && isUp(before)) {
    // The list does not describe the end of the previous run; it only proves that it ended.
    const end = startedAt ?? instantOf(now.startedAt) ?? listedAt;
    events.push(happened(now, 'die', inHole(now.finishedAt, context, end) ?? end, context));
  }
  if (restarted) return [...events, ...run(now, context)];
  const finishedAt = unseen(now.finishedAt, before.finishedAt, context);
  if (hasEnded(now) && (isUp(before) || finishedAt !== undefined)) {
    if (!isUp(before) && before.state !== 'unknown') events.push(...run(now, context));
    else events.push(death(now, context));
  } else if (isUp(now) && (hasEnded(before) || before.state === 'created')) events.push(...run(now, context));
  else if (isUp(before) && before.state !== now.state && isUp(now)) {
    events.push(happened(now, now.state === 'paused' ? 'pause' : 'unpause', listedAt, context));
  }
  return events;
}

function death(now: ContainerState, context: ListContext): IncomingEvent {
  const { exitCode, finishedAt } = now;
  const code = exitCode === undefined ? {} : { exitCode: String(exitCode) };
  return happened(now, 'die', instantOf(finishedAt) ?? context.listedAt, context, code);
}

function happened(
  { id, name, image, labels }: ContainerState,
  action: string,
  timeNano: Instant,
  { source }: ListContext,
  more: Attributes = {},
): IncomingEvent {
  const attributes = {
    ...foreignAttributes(labels),
    ...(image === undefined ? {} : { image }),
    ...(name === undefined ? {} : { name }),
    ...more,
    reconciled: 'true',
  };
  const named = name === undefined ? {} : { name };
  return { timeNano, type: 'container', action, id, ...named, attributes, source };
}

/**
 * A time that the engine states, if it lies after the last event before the hole (and not after
 * `end`).
 */
function inHole(text: string | undefined, { position }: ListContext, end?: Instant): Instant | undefined {
  const time = instantOf(text);
  if (time === undefined || position === undefined || time <= position) return undefined;
  return end !== undefined && time > end ? undefined : time;
}

/**
 * A time in the hole without an event. An engine's event of a start or an end is never earlier than
 * the time in its list.
 */
function unseen(
  listed: string | undefined,
  seen: string | undefined,
  context: ListContext,
): Instant | undefined {
  const time = inHole(listed, context);
  const event = instantOf(seen);
  return time !== undefined && event !== undefined && event >= time ? undefined : time;
}

function instantOf(text: string | undefined): Instant | undefined {
  return text === undefined ? undefined : BigInt(text);
}
