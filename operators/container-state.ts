/** What is known of one container, and what an event changes in it. */
import { exitCodeOf, wholeNumber } from './exit-code.ts';
import type { Described, Named, Sourced, Timed } from './shapes.ts';

/** `unknown`: it was heard of, but not yet in which state it is, or it has been forgotten. */
export type Phase =
  | 'created'
  | 'running'
  | 'paused'
  | 'restarting'
  | 'exited'
  | 'dead'
  | 'removed'
  | 'unknown';

export type Health = 'starting' | 'healthy' | 'unhealthy';

/** A plain object that survives JSON: instants are decimal nanoseconds since the Unix epoch, as JSON has no bigints. */
export interface ContainerState {
  readonly id: string;
  /** Which engine has it. Two engines may tell of the same id: each of its own container. */
  readonly engine?: string;
  /** The engine's own identity, where it states one: it tells engines of one kind apart. */
  readonly engineId?: string;
  readonly name?: string;
  readonly image?: string;
  readonly state: Phase;
  /** The attributes that are not known to be something else. */
  readonly labels: Readonly<Record<string, string>>;
  /** Of its first process, while that runs. */
  readonly pid?: number;
  /** Of the last run, once that has ended: none while it runs, as engines have it. */
  readonly exitCode?: number;
  readonly createdAt?: string;
  /** The beginning of the run that began last. */
  readonly startedAt?: string;
  /** The end of the run that ended last. */
  readonly finishedAt?: string;
  /** How often it was started again after a run. */
  readonly restarts: number;
  /** Whether the kernel killed a process of the last run for want of memory. */
  readonly oomKilled: boolean;
  /** Of a container with a health check, as last reported; `starting` from each start on. */
  readonly health?: Health;
}

/** An event that a state can be folded from. */
export type StateEvent = Timed & Named & Described & Sourced;

/**
 * The state after an event, in any of the words of Docker, Podman, containerd and iSulad. Pure: it returns the
 * state that it was given where the event changes nothing, or is none of a container.
 *
 * What no event tells is not guessed: that an engine is going to start a container again shows as `exited` until
 * it does, `restarting` and `dead` come from an engine's list (or an event with just that action).
 *
 * @param state what was known; undefined: nothing
 * @returns undefined when nothing was known and the event tells of no container
 */
export function foldState(state: ContainerState, event: StateEvent): ContainerState;
export function foldState(state: ContainerState | undefined, event: StateEvent): ContainerState | undefined;
export function foldState(state: ContainerState | undefined, event: StateEvent): ContainerState | undefined {
  if (event.type !== 'container' || event.id === '') return state;
  const before = state ?? unknown(event);
  return changed(before, described(before, event), happened(before, event));
}

/** Every field, in the order in which a state has them. */
const FIELDS = Object.keys({
  ...{ id: 0, engine: 0, engineId: 0, name: 0, image: 0, state: 0, labels: 0, pid: 0, exitCode: 0 },
  ...{ createdAt: 0, startedAt: 0, finishedAt: 0, restarts: 0, oomKilled: 0, health: 0 },
} satisfies Record<keyof ContainerState, 0>) as (keyof ContainerState)[];

/**
 * The state with those changes, or the same where they are none. What becomes `undefined` is absent, as it would be after
 * JSON. Made field by field: an object that properties were deleted from is a hash table, five times the size.
 */
function changed(before: ContainerState, first: Changes, then: Changes): ContainerState {
  const after: Record<string, unknown> = {};
  let same = true;
  for (const field of FIELDS) {
    const value = field in then ? then[field] : field in first ? first[field] : before[field];
    if (value !== before[field]) same = false;
    if (value !== undefined) after[field] = value;
  }
  return same ? before : (after as unknown as ContainerState);
}

type Changes = { -readonly [K in keyof ContainerState]?: ContainerState[K] | undefined };

function unknown({ id, source }: StateEvent): ContainerState {
  const engine = source?.engine;
  const engineId = source?.id;
  return {
    id,
    ...(engine === undefined ? {} : { engine }),
    ...(engineId === undefined ? {} : { engineId }),
    state: 'unknown',
    labels: {},
    restarts: 0,
    oomKilled: false,
  };
}

/** Name, image and labels. Those of a container that is gone already, or that an engine leaves out, stay. */
function described(before: ContainerState, { name, action, attributes }: StateEvent): Changes {
  const changes: Changes = {};
  const called = name ?? attributes['name'];
  if (called !== undefined && called !== '') changes.name = called;
  if (attributes['image'] !== undefined) changes.image = attributes['image'];
  // Only some events state labels for sure; others may carry what an engine says of the event beside them, or instead.
  if (STATES_LABELS.has(action) || Object.keys(before.labels).length === 0) {
    const labels = labelsOf(attributes);
    if (Object.keys(labels).length > 0 && !same(labels, before.labels)) changes.labels = labels;
  }
  return changes;
}

const STATES_LABELS = new Set(['create', 'start', 'update']);

/** What events carry besides labels. A label with one of these names cannot be told from it. */
const NO_LABELS = new Set([
  ...['args', 'comment', 'container', 'containerExitCode', 'detachKeys', 'driver', 'execDuration', 'execID'],
  ...[
    'exitCode',
    'healthStatus',
    'health_status',
    'height',
    'image',
    'imageID',
    'imageRef',
    'name',
    'namespace',
  ],
  ...['oldName', 'path', 'pid', 'podId', 'runtime', 'signal', 'snapshotter', 'topic', 'width'],
]);

function labelsOf(attributes: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(attributes).filter(([key]) => !NO_LABELS.has(key)));
}

function same(one: Readonly<Record<string, string>>, other: Readonly<Record<string, string>>): boolean {
  const keys = Object.keys(one);
  return (
    keys.length === Object.keys(other).length &&
    keys.every((key) => Object.hasOwn(other, key) && one[key] === other[key])
  );
}

function happened(before: ContainerState, event: StateEvent): Changes {
  const [action = ''] = event.action.split(':', 1);
  const apply = Object.hasOwn(actions, action) ? actions[action] : undefined;
  return apply?.(before, event) ?? {};
}

type Apply = (before: ContainerState, event: StateEvent) => Changes;

const ended = (state: Phase): boolean => state === 'exited' || state === 'restarting' || state === 'dead';

const alive = (state: Phase): boolean => state === 'running' || state === 'paused';

/** Where names are ids, that of a removed container comes again: nothing of that one is this one's. */
const created: Apply = (_, { name, timeNano, attributes }) => ({
  name: name ?? attributes['name'],
  image: attributes['image'],
  state: 'created',
  labels: labelsOf(attributes),
  pid: undefined,
  exitCode: undefined,
  createdAt: String(timeNano),
  startedAt: undefined,
  finishedAt: undefined,
  restarts: 0,
  oomKilled: false,
  health: undefined,
});

/** A run begins. */
const started: Apply = (before, { timeNano, attributes }) => {
  const changes = runs(attributes);
  changes.exitCode = undefined;
  changes.startedAt = String(timeNano);
  changes.restarts = before.restarts + (ended(before.state) ? 1 : 0);
  changes.oomKilled = before.oomKilled && alive(before.state);
  if (before.health !== undefined) changes.health = 'starting';
  return changes;
};

const runs = (attributes: StateEvent['attributes']): Changes => {
  const pid = wholeNumber(attributes['pid']);
  return pid === undefined || pid <= 0 ? { state: 'running' } : { state: 'running', pid };
};

/** It runs: iSulad says so before `start`, all engines after a restart, Podman before one. */
const running: Apply = (before, event) =>
  alive(before.state) ? runs(event.attributes) : started(before, event);

const exited: Apply = (before, { timeNano, attributes }) => {
  const exitCode = exitCodeOf(attributes);
  const changes: Changes = { pid: undefined, exitCode, finishedAt: String(timeNano) };
  // Podman can tell of the end after it has told of the removal.
  if (before.state !== 'removed') changes.state = 'exited';
  return changes;
};

/** Docker says so after `die`, Podman before it. */
const stopped: Apply = (before, event) =>
  ended(before.state) || before.state === 'created' ? {} : exited(before, event);

const becomes =
  (state: Phase): Apply =>
  () => ({ state });

const removed: Apply = () => ({ state: 'removed', pid: undefined });

/** What only a running container does tells that one is, where nothing is known yet. */
const runsIfUnknown = ({ state }: ContainerState): Changes =>
  state === 'unknown' ? { state: 'running' } : {};

const health: Apply = (before, { action, attributes }) => {
  const stated = action.split(':', 2)[1]?.trim() ?? attributes['health_status'] ?? attributes['healthStatus'];
  return {
    ...runsIfUnknown(before),
    ...(stated === 'healthy' || stated === 'unhealthy' || stated === 'starting' ? { health: stated } : {}),
  };
};

/** By action, up to the first colon. Anything else tells nothing of the state. */
const actions: Readonly<Record<string, Apply>> = {
  create: created,
  start: started,
  running,
  restart: running,
  restore: running,
  die: exited,
  died: exited,
  exit: exited,
  stop: stopped,
  pause: becomes('paused'),
  paused: becomes('paused'),
  paused1: becomes('paused'),
  frozen: becomes('paused'),
  unpause: becomes('running'),
  resumed: becomes('running'),
  thawed: becomes('running'),
  restarting: becomes('restarting'),
  dead: becomes('dead'),
  destroy: removed,
  remove: removed,
  delete: removed,
  oom: (before) => ({ ...runsIfUnknown(before), oomKilled: true }),
  health_status: health,
  kill: runsIfUnknown,
  top: runsIfUnknown,
  exec_create: runsIfUnknown,
  exec_start: runsIfUnknown,
};
