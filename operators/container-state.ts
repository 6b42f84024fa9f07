/** The state of one container, and its changes by events. */
import { exitCodeOf, wholeNumber } from './exit-code.ts';
import { signalNumber } from './signals.ts';
import type { Described, Named, Sourced, Timed } from './shapes.ts';

/** `unknown`: the state is not known yet, or was dropped. */
export type Phase =
  | 'created'
  | 'running'
  | 'paused'
  | 'restarting'
  | 'exited'
  | 'dead'
  | 'removed'
  | 'unknown';

/** Result of a health check, or `starting` before the first. */
export type Health = 'starting' | 'healthy' | 'unhealthy';

/**
 * A plain object that survives JSON: instants are decimal nanoseconds since the Unix epoch, as JSON
 * has no bigints.
 */
export interface ContainerState {
  readonly id: string;
  /** The engine of the container. Two engines may use the same id for containers of their own. */
  readonly engine?: string;
  /** The engine's own identity, if it states one: it distinguishes engines of one kind. */
  readonly engineId?: string;
  /** The host of the engine, if its events were read from a fleet of many. */
  readonly host?: string;
  readonly name?: string;
  readonly image?: string;
  readonly state: Phase;
  /** The attributes that are not known to be something else. */
  readonly labels: Readonly<Record<string, string>>;
  /** Process id of its first process, while that runs. */
  readonly pid?: number;
  /** Exit code of the last run; absent while the container runs, as in engines. */
  readonly exitCode?: number;
  readonly createdAt?: string;
  /** Start of the latest run. */
  readonly startedAt?: string;
  /** End of the last run that has ended. */
  readonly finishedAt?: string;
  /** Count of starts after a run that ended without a request: by the engine or by a user. */
  readonly restarts: number;
  /**
   * Set if the end of the last run was requested, by a stop or a signal that ends processes: the
   * next start is not a restart.
   */
  readonly stopRequested?: true;
  /** True if the kernel killed a process of the last run for lack of memory. */
  readonly oomKilled: boolean;
  /** Last reported health of a container with a health check; `starting` from each start on. */
  readonly health?: Health;
}

/** An event that a state can be folded from. */
export type StateEvent = Timed & Named & Described & Sourced;

/**
 * The state after an event, in any of the words of Docker, Podman, containerd and iSulad. Pure: it
 * returns the given state if the event changes nothing, or does not concern a container.
 *
 * Only events count, without guesses: a container that its engine is going to start again is
 * `exited` until it does. `restarting` and `dead` come from an engine's list (or an event with
 * exactly that action).
 *
 * @param state the state before the event; undefined if nothing is known
 * @returns undefined if nothing was known and the event does not concern a container
 */
export function foldState(state: ContainerState, event: StateEvent): ContainerState;
export function foldState(state: ContainerState | undefined, event: StateEvent): ContainerState | undefined;
export function foldState(state: ContainerState | undefined, event: StateEvent): ContainerState | undefined {
  if (!isOfContainer(event)) return state;
  const record = state === undefined ? new StateRecord(event.id, event.source) : StateRecord.of(state);
  const isChanged = record.fold(event);
  return isChanged || state === undefined ? record.view() : state;
}

export function isOfContainer({ type, id }: StateEvent): boolean {
  return type === 'container' && id !== '';
}

/** All fields, in the order of a state. */
const FIELDS = Object.keys({
  ...{ id: 0, engine: 0, engineId: 0, host: 0, name: 0, image: 0, state: 0, labels: 0, pid: 0, exitCode: 0 },
  ...{ createdAt: 0, startedAt: 0, finishedAt: 0, restarts: 0, stopRequested: 0, oomKilled: 0 },
  ...{ health: 0 },
} satisfies Record<keyof ContainerState, 0>) as (keyof ContainerState)[];

/** Fields that hold instants: numbers in a record, texts in a state. */
type Instants = 'createdAt' | 'startedAt' | 'finishedAt';

type Changes = {
  -readonly [K in Exclude<keyof ContainerState, Instants>]?: ContainerState[K] | undefined;
} & {
  [K in Instants]?: bigint | undefined;
};

/**
 * A mutable state, for a table that folds many events and is read rarely. Every field is always
 * present, so that all records have one shape.
 */
export class StateRecord {
  readonly id: string;
  readonly engine: string | undefined;
  readonly engineId: string | undefined;
  readonly host: string | undefined;
  name: string | undefined = undefined;
  image: string | undefined = undefined;
  state: Phase = 'unknown';
  labels: Readonly<Record<string, string>> = {};
  pid: number | undefined = undefined;
  exitCode: number | undefined = undefined;
  createdAt: bigint | undefined = undefined;
  startedAt: bigint | undefined = undefined;
  finishedAt: bigint | undefined = undefined;
  restarts = 0;
  stopRequested: true | undefined = undefined;
  oomKilled = false;
  health: Health | undefined = undefined;
  /** The last returned state, while it is still valid. */
  #view: ContainerState | undefined;

  constructor(
    id: string,
    source?: {
      readonly engine?: string | undefined;
      readonly id?: string | undefined;
      readonly host?: string | undefined;
    },
  ) {
    this.id = id;
    this.engine = source?.engine;
    this.engineId = source?.id;
    this.host = source?.host;
  }

  static of(state: ContainerState): StateRecord {
    const { id, engine, engineId, host } = state;
    const record = new StateRecord(id, { engine, id: engineId, host });
    record.name = state.name;
    record.image = state.image;
    record.state = state.state;
    record.labels = state.labels;
    record.pid = state.pid;
    record.exitCode = state.exitCode;
    record.createdAt = instantOf(state.createdAt);
    record.startedAt = instantOf(state.startedAt);
    record.finishedAt = instantOf(state.finishedAt);
    record.restarts = state.restarts;
    record.stopRequested = state.stopRequested;
    record.oomKilled = state.oomKilled;
    record.health = state.health;
    record.#view = state;
    return record;
  }

  /** Folds an event of this container. @returns true if it changed anything */
  fold(event: StateEvent): boolean {
    if (event.attributes['stale'] === 'true') return false;
    const isDescribed = this.#describe(event);
    const isChanged = this.#apply(happened(this, event)) || isDescribed;
    if (isChanged) this.#view = undefined;
    return isChanged;
  }

  /**
   * The present state, immutable. An unknown field is absent, as it would be after JSON. The object
   * is built field by field: deleting properties would make it a hash table of five times the size.
   */
  view(): ContainerState {
    if (this.#view !== undefined) return this.#view;
    const view: Record<string, unknown> = {};
    for (const field of FIELDS) {
      const value = this[field];
      if (value !== undefined) view[field] = typeof value === 'bigint' ? String(value) : value;
    }
    return (this.#view = view as unknown as ContainerState);
  }

  /**
   * Updates name, image and labels. Removed containers keep theirs, as do fields that the engine
   * leaves out.
   */
  #describe({ name, action, attributes }: StateEvent): boolean {
    let isChanged = false;
    const called = name ?? attributes['name'];
    // A name equal to the id is not a name.
    const isStated = called !== undefined && called !== '' && (called !== this.id || this.name === undefined);
    if (isStated && called !== this.name) {
      this.name = called;
      isChanged = true;
    }
    const image = attributes['image'];
    if (image !== undefined && image !== this.image) {
      this.image = image;
      isChanged = true;
    }
    // Only some events reliably state labels; others may carry further facts of the event beside
    // them, or instead.
    const isSome = action !== 'create' && STATES_SOME.has(this.engine ?? '');
    const states = STATES_LABELS.has(action) || isEmpty(this.labels);
    if (states && hasOtherLabels(attributes, this.labels, isSome)) {
      const labels = sharedLabels(attributes);
      this.labels = isSome && !hasAll(labels, this.labels) ? { ...this.labels, ...labels } : labels;
      isChanged = true;
    }
    return isChanged;
  }

  #apply(changes: Changes | undefined): boolean {
    let isChanged = false;
    for (const field in changes) {
      const key = field as keyof Changes;
      const value = changes[key];
      if (this[key] === value || (key === 'labels' && same(value as never, this.labels))) continue;
      (this as Changes)[key] = value as never;
      isChanged = true;
    }
    return isChanged;
  }
}

function instantOf(text: string | undefined): bigint | undefined {
  return text !== undefined && /^-?\d+$/.test(text) ? BigInt(text) : undefined;
}

const STATES_LABELS = new Set(['create', 'start', 'update']);

/** Engines whose events may state some of the labels: others state all, or none. */
const STATES_SOME = new Set(['monitor', 'isulad']);

function hasAll(labels: object, keys: object): boolean {
  return Object.keys(keys).every((key) => Object.hasOwn(labels, key));
}

/** Attributes of events other than labels. A label with such a name cannot be distinguished. */
const NO_LABELS = new Set([
  ...['engineAction', 'hostPosition', 'noise', 'reconciled', 'stale'],
  ...[
    'args',
    'comment',
    'container',
    'containerExitCode',
    'detachKeys',
    'driver',
    'execDuration',
    'execID',
    'extra',
  ],
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

/** Tests whether attributes of that name are never labels. */
export function isNoLabel(key: string): boolean {
  return NO_LABELS.has(key);
}

/** The attributes that are not known to be something else. */
export function labelsOf(attributes: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(attributes).filter(([key]) => !NO_LABELS.has(key)));
}

/** Labels by the attributes of a description: many events and all tables share one object. */
const shared = new WeakMap<object, Readonly<Record<string, string>>>();

function sharedLabels(attributes: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  if (!Object.isFrozen(attributes)) return labelsOf(attributes);
  let labels = shared.get(attributes);
  if (labels === undefined) shared.set(attributes, (labels = Object.freeze(labelsOf(attributes))));
  return labels;
}

function isEmpty(labels: Readonly<Record<string, string>>): boolean {
  for (const _ in labels) return false;
  return true;
}

/** Tests whether the attributes, which may state only some of the labels, state others than the known ones. */
function hasOtherLabels(
  attributes: Readonly<Record<string, string>>,
  known: Readonly<Record<string, string>>,
  isSome: boolean,
): boolean {
  let count = 0;
  let differs = false;
  for (const key in attributes) {
    if (NO_LABELS.has(key)) continue;
    count++;
    differs ||= known[key] !== attributes[key] || !Object.hasOwn(known, key);
  }
  return count > 0 && (differs || (!isSome && count !== Object.keys(known).length));
}

function same(one: Readonly<Record<string, string>>, other: Readonly<Record<string, string>>): boolean {
  const keys = Object.keys(one);
  return (
    keys.length === Object.keys(other).length &&
    keys.every((key) => Object.hasOwn(other, key) && one[key] === other[key])
  );
}

function happened(before: StateRecord, event: StateEvent): Changes | undefined {
  const { action } = event;
  const colon = action.indexOf(':');
  return actions.get(colon < 0 ? action : action.slice(0, colon))?.(before, event);
}

type Apply = (before: StateRecord, event: StateEvent) => Changes;

const ended = (state: Phase): boolean => state === 'exited' || state === 'restarting' || state === 'dead';

const alive = (state: Phase): boolean => state === 'running' || state === 'paused';

/**
 * Names can serve as ids, and are then reused: a new container takes nothing from a removed one.
 */
const created: Apply = (_, { name, timeNano, attributes }) => ({
  name: name ?? attributes['name'],
  image: attributes['image'],
  state: 'created',
  labels: sharedLabels(attributes),
  pid: undefined,
  exitCode: undefined,
  createdAt: timeNano,
  startedAt: undefined,
  finishedAt: undefined,
  restarts: 0,
  stopRequested: undefined,
  oomKilled: false,
  health: undefined,
});

/** Start of a run. */
const started: Apply = (before, { timeNano, attributes }) => {
  const changes = runs(attributes);
  changes.exitCode = undefined;
  changes.startedAt = timeNano;
  const isRestart = ended(before.state) && before.stopRequested === undefined;
  changes.restarts = before.restarts + (isRestart ? 1 : 0);
  changes.stopRequested = undefined;
  changes.oomKilled = before.oomKilled && alive(before.state);
  if (before.health !== undefined) changes.health = 'starting';
  return changes;
};

const runs = (attributes: StateEvent['attributes']): Changes => {
  const pid = wholeNumber(attributes['pid']);
  return pid === undefined || pid <= 0 ? { state: 'running' } : { state: 'running', pid };
};

/**
 * The container runs: iSulad reports this before `start`, all engines after a restart, Podman
 * before one.
 */
const running: Apply = (before, event) =>
  alive(before.state) ? runs(event.attributes) : started(before, event);

const exited: Apply = (before, { timeNano, attributes }) => {
  const exitCode = exitCodeOf(attributes);
  const changes: Changes = { pid: undefined, exitCode, finishedAt: timeNano };
  // Podman can report the end after the removal.
  if (before.state !== 'removed') changes.state = 'exited';
  return changes;
};

/** Docker reports this after `die`, Podman before it. */
const stopped: Apply = (before, event) => {
  if (before.state === 'created') return {};
  const end = ended(before.state) ? {} : exited(before, event);
  return { ...end, stopRequested: true };
};

/**
 * A signal that asks for the end. Docker and Podman do not restart a container after a user sent
 * one.
 */
const killed: Apply = (before, { attributes }) => {
  const changes = runsIfUnknown(before);
  const { signal } = attributes;
  const ends = signal === undefined || ENDING.has(signalNumber(signal) ?? 0);
  return ends && !ended(before.state) ? { ...changes, stopRequested: true } : changes;
};

/** SIGINT, SIGQUIT, SIGKILL and SIGTERM. A stop by another signal has a `stop` event after it. */
const ENDING = new Set([2, 3, 9, 15]);

const becomes =
  (state: Phase): Apply =>
  () => ({ state });

const removed: Apply = () => ({ state: 'removed', pid: undefined });

/** Infers `running` from an event that only a running container has, if the state is unknown. */
const runsIfUnknown = ({ state }: StateRecord): Changes => (state === 'unknown' ? { state: 'running' } : {});

const health: Apply = (before, { action, attributes }) => {
  const stated = action.split(':', 2)[1]?.trim() ?? attributes['health_status'] ?? attributes['healthStatus'];
  return {
    ...runsIfUnknown(before),
    ...(stated === 'healthy' || stated === 'unhealthy' || stated === 'starting' ? { health: stated } : {}),
  };
};

/** By action, up to the first colon. Other actions do not affect the state. */
const actions: ReadonlyMap<string, Apply> = new Map(
  Object.entries<Apply>({
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
    kill: killed,
    top: runsIfUnknown,
    exec_create: runsIfUnknown,
    exec_start: runsIfUnknown,
  }),
);
