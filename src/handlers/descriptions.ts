/** The description table completes events that state less about their container than is known. */
import { containerKey, stateKey } from '../../operators/container-key.ts';
import { type ContainerState, isNoLabel, labelsOf } from '../../operators/container-state.ts';
import { dropOldest } from '../../operators/drop-oldest.ts';
import { isRemoval } from '../../operators/words.ts';
import {
  type Attributes,
  type EventSource,
  type IncomingEvent,
  isGap,
  isOfFifo,
  OwnEvent,
} from '../event.ts';
import {
  copy,
  Description,
  isEmpty,
  isOfRun,
  kindsOf,
  type Owner,
  type Run,
  same,
  type Statements,
} from './description.ts';

export interface DescriptionsOptions {
  /** Most described containers, 1 or more. Default 10,000. */
  readonly limit?: number;
  /** Most characters of all descriptions together, 1 or more. Default 16 Mi. */
  readonly limitLength?: number;
}

/**
 * The part of a state that describes a container. It lacks the pid, as the run may have ended
 * since.
 */
type Described = Pick<ContainerState, 'id' | 'engine' | 'engineId' | 'name' | 'image' | 'labels' | 'state'>;

/** Most descriptions kept of removed containers: events may arrive after a removal. */
const REMOVED = 1024;

/** Most engines whose losses are counted: lines of the FIFO can name any engine. */
const ENGINES = 256;

/** Meaning of an action for the description of its container. */
interface Meaning {
  /** The container runs: a pid among the attributes is its own. */
  readonly begins: boolean;
  /** No run continues after it. */
  readonly ends: boolean;
  /**
   * Only a `die` proves the end: a `stop` can come before it, and iSulad's `exit` does not concern a
   * run.
   */
  readonly dies: boolean;
  readonly removes: boolean;
  /** Its attributes state the labels. Attributes of other actions may belong to the event alone. */
  readonly labels: boolean;
  /** It gives a name, even if another container has it. */
  readonly names: boolean;
}

const meaning = (action: string): Meaning => ({
  begins: ['start', 'running', 'restart'].includes(action),
  ends: ['create', 'starting', 'exit', 'die', 'died', 'stop'].includes(action) || isRemoval(action),
  dies: action === 'die' || action === 'died',
  removes: isRemoval(action),
  labels: ['create', 'start', 'update'].includes(action),
  names: action === 'create' || action === 'rename',
});

const MEANINGS: ReadonlyMap<string, Meaning> = new Map(
  [
    ...['create', 'start', 'starting', 'running', 'restart', 'exit', 'die', 'died', 'stop'],
    ...['destroy', 'remove', 'delete', 'update', 'rename'],
  ].map((action) => [action, meaning(action)]),
);
const NO_MEANING: Meaning = meaning('');

/** Descriptions of one source's containers, by id: found without a text of engine and id. */
interface Scope {
  readonly source: EventSource;
  readonly owner: Owner;
  /** True for the monitor FIFO: labels in its records are added to the known ones. */
  readonly isRecorded: boolean;
  readonly known: Map<string, Description>;
}

/**
 * Holds name, image, labels and pid of containers, by engine and id.
 *
 * Memory: bounded in number and characters. Removed containers make room first, then those whose
 * description or run is the oldest.
 */
export class Descriptions {
  /** Count of events whose container has no known name and image; they stay incomplete. */
  undescribed = 0;
  /** Count of ends of unknown runs: each is marked `stale`. */
  stale = 0;
  readonly #limit: number;
  readonly #limitLength: number;
  readonly #known = new Map<string, Description>();
  readonly #removed = new Set<string>();
  /** Containers by engine and name, which is unique within an engine at a time. */
  readonly #names = new Map<string, string>();
  /** By engine. */
  readonly #owners = new Map<string, Owner>();
  readonly #scopes = new WeakMap<EventSource, Scope>();
  /** The scope of the last event: usually that of the next one. */
  #scope: Scope | undefined = undefined;
  #length = 0;

  /** @throws RangeError on a limit below 1 */
  constructor({ limit = 10_000, limitLength = 16 * 2 ** 20 }: DescriptionsOptions = {}) {
    if (!(limit >= 1)) throw new RangeError(`invalid limit ${limit}: a number of containers, 1 or more`);
    if (!(limitLength >= 1))
      throw new RangeError(`invalid limitLength ${limitLength}: a number of characters, 1 or more`);
    this.#limit = limit;
    this.#limitLength = limitLength;
  }

  /** The number of described containers. */
  get size(): number {
    return this.#known.size;
  }

  /** Tests whether a container is described. */
  has(container: Parameters<typeof stateKey>[0]): boolean {
    return this.#known.has(stateKey(container));
  }

  /** Takes a description from a listing or the journal. Values that events have stated win. */
  learn(state: Described): void {
    const key = stateKey(state);
    const known = this.#known.get(key);
    const { id, image, labels } = state;
    const name = known?.name ?? (state.name === id ? undefined : state.name);
    const lasting = known?.lasting ?? {};
    const next: Record<string, string> = hasLabels(lasting) ? { ...lasting } : { ...lasting, ...labels };
    if (name !== undefined) next['name'] = name;
    if (image !== undefined) next['image'] ??= image;
    if (known !== undefined && name === known.name && same(known.lasting, next)) return;
    if (known === undefined && name === undefined && isEmpty(next)) return;
    const { pid, run = 'unknown', losses = 0 } = known ?? {};
    this.#put(key, id, { name, lasting: next, pid, run, losses });
    if (state.state === 'removed') this.#remove(key);
  }

  /**
   * Learns from an event and completes it: one of our own in place while it has no number, any other
   * as a new object. A value that the event states wins. An end with the pid of an unknown run
   * changes no description, and gets the attribute `stale`.
   */
  complete(event: IncomingEvent): IncomingEvent {
    const { type, id, action, source } = event;
    const scope = this.#scope?.source === source ? this.#scope : this.#scopeOf(source);
    if (type !== 'container' || id === '') {
      if (isGap(event)) scope.owner.losses++;
      return event;
    }
    const means = MEANINGS.get(action) ?? NO_MEANING;
    let known = this.#find(scope, event);
    if (known !== undefined && means.dies && this.#isStale(known, scope, event))
      return this.#staleEnd(known, event);
    const kinds = kindsOf(event.attributes);
    const isBare =
      known !== undefined &&
      (event.name === id || event.name === undefined) &&
      (isOfRun(kinds) || !statesMore(event, means)) &&
      !this.#isReused(known, action);
    if (known !== undefined && isBare) this.#changeRun(known, scope, event, means);
    else known = this.#learnFrom(known, scope, event, means);
    if (known?.isDescribed !== true) this.undescribed++;
    if (known === undefined) return event;
    const name = isBare ? undefined : this.#nameOf(known.key, event, known, means);
    if (means.removes) this.#remove(known.key);
    const own = ownOf(event);
    known.complete(own, kinds, name ?? known.name ?? event.name);
    return own;
  }

  /**
   * iSulad ignores the end of a container that does not run, or of a process other than its first.
   */
  #isStale({ run, pid: running, losses }: Description, { owner }: Scope, event: IncomingEvent): boolean {
    const { pid, stale } = event.attributes;
    if (pid === undefined || stale === 'true' || losses !== owner.losses) return false;
    return run === 'over' || (run === 'on' && running !== undefined && running !== pid);
  }

  #staleEnd({ name, attributes }: Description, event: IncomingEvent): IncomingEvent {
    this.stale++;
    const own = ownOf(event);
    own.complete(name ?? event.name, { ...attributes, ...event.attributes, stale: 'true' });
    return own;
  }

  /** Ids can be reused, for example if they are names. */
  #isReused({ key }: Description, action: string): boolean {
    return action === 'create' && this.#removed.has(key);
  }

  /** Takes an event that states nothing about its container but its run. */
  #changeRun(known: Description, scope: Scope, event: IncomingEvent, means: Meaning): void {
    const { begins, ends } = means;
    if (!begins && !ends) return;
    const pid = begins ? (event.attributes['pid'] ?? known.pid) : undefined;
    this.#update(known, pid, runAfter(event, means, known.run), scope.owner.losses);
  }

  #learnFrom(
    known: Description | undefined,
    scope: Scope,
    event: IncomingEvent,
    means: Meaning,
  ): Description | undefined {
    const { id, action, attributes } = event;
    const { begins, ends } = means;
    const key = known?.key ?? containerKey(event);
    const name = this.#nameOf(key, event, known, means);
    const isLabelled = means.labels && hasLabels(attributes);
    const isStated = name !== undefined || attributes['image'] !== undefined || isLabelled;
    if (!isStated && !begins && !ends) return known;
    const run = runAfter(event, means, known?.run);
    const losses = begins || ends ? scope.owner.losses : (known?.losses ?? 0);
    let pid = known?.pid;
    if (begins) pid = attributes['pid'] ?? pid;
    else if (ends) pid = undefined;
    // A new container takes nothing from a removed one.
    if (action === 'create' && (isStated || this.#removed.has(key))) {
      this.#forget(key);
      known = undefined;
    }
    const before = known?.lasting ?? {};
    const replaces = isLabelled && !(scope.isRecorded && known !== undefined);
    const next: Record<string, string> = replaces ? labelsOf(attributes) : { ...before };
    if (replaces) for (const field of ['name', 'image']) copy(before, next, field);
    else if (isLabelled) Object.assign(next, labelsOf(attributes));
    if (name !== undefined && attributes['name'] === name) next['name'] = name;
    copy(attributes, next, 'image');
    const called = name ?? known?.name;
    if (known !== undefined && called === known.name && same(known.lasting, next))
      return this.#update(known, pid, run, losses);
    if (known === undefined && called === undefined && run === 'unknown' && isEmpty(next)) return undefined;
    return this.#put(key, id, { name: called, lasting: next, pid, run, losses });
  }

  #update(known: Description, pid: string | undefined, run: Run, losses: number): Description {
    known.run = run;
    known.losses = losses;
    if (pid === known.pid) return known;
    this.#length -= known.length;
    known.setPid(pid);
    this.#length += known.length;
    known.isRecent = true;
    if (this.#length > this.#limitLength) this.#makeRoom();
    return known;
  }

  /**
   * The name that an event states for its container. A name equal to the id is not a name: iSulad's
   * senders only know the id. Annotations can state the name of another container.
   */
  #nameOf(
    key: string,
    event: IncomingEvent,
    known: Description | undefined,
    means: Meaning,
  ): string | undefined {
    const { id, attributes } = event;
    const stated = event.name === undefined || event.name === id ? attributes['name'] : event.name;
    if (stated === undefined || stated === id || stated === '') return undefined;
    if (known?.name === undefined || known.name === stated || means.names) return stated;
    // An engine with an identity knows its containers: their names are their own.
    if (event.source.id !== undefined) return stated;
    const holder = this.#names.get(nameKey(key, stated));
    return holder === undefined || holder === key ? stated : undefined;
  }

  #find(scope: Scope, event: IncomingEvent): Description | undefined {
    const last = scope.known.get(event.id);
    if (last?.owner === scope.owner) return last;
    if (last !== undefined) scope.known.delete(event.id);
    const known = this.#known.get(containerKey(event));
    if (known === undefined) return undefined;
    if (scope.known.size >= this.#limit) scope.known.clear();
    scope.known.set(event.id, known);
    return known;
  }

  #scopeOf(source: EventSource): Scope {
    let scope = this.#scopes.get(source);
    if (scope === undefined) {
      const owner = this.#ownerOf(containerKey({ id: '', source }));
      const isRecorded = isOfFifo(source);
      this.#scopes.set(source, (scope = { source, owner, isRecorded, known: new Map() }));
    }
    return (this.#scope = scope);
  }

  /** The part of the table for the engine of a container's key. */
  #ownerOf(key: string): Owner {
    const engine = key.slice(0, key.indexOf(' '));
    let owner = this.#owners.get(engine);
    if (owner !== undefined) return owner;
    if (this.#owners.size >= ENGINES) dropOldest(this.#owners);
    this.#owners.set(engine, (owner = { losses: 0 }));
    return owner;
  }

  #put(key: string, id: string, statements: Statements): Description {
    const removed = this.#removed.has(key);
    this.#forget(key);
    const description = new Description(key, id, statements);
    const { name, length } = description;
    if (length > this.#limitLength) return description;
    description.owner = this.#ownerOf(key);
    this.#known.set(key, description);
    if (name !== undefined && !removed) this.#names.set(nameKey(key, name), key);
    if (removed) this.#removed.add(key);
    this.#length += length;
    this.#makeRoom();
    return description;
  }

  #makeRoom(): void {
    while (this.#known.size > this.#limit || this.#length > this.#limitLength) this.#forget(this.#oldest);
  }

  #remove(key: string): void {
    if (!this.#known.has(key)) return;
    this.#removed.delete(key);
    this.#removed.add(key);
    this.#unname(key);
    if (this.#removed.size > REMOVED) this.#forget(this.#oldest);
  }

  get #oldest(): string {
    const [removed] = this.#removed;
    if (removed !== undefined) return removed;
    for (const [key, known] of this.#known) {
      if (!known.isRecent) return key;
      // A run began meanwhile: it counts as new.
      known.isRecent = false;
      this.#known.delete(key);
      this.#known.set(key, known);
    }
    throw new Error('no description is held');
  }

  #forget(key: string): void {
    const known = this.#known.get(key);
    if (known === undefined) return;
    this.#unname(key);
    this.#length -= known.length;
    known.owner = undefined;
    this.#known.delete(key);
    this.#removed.delete(key);
  }

  /** Frees its name for another container. */
  #unname(key: string): void {
    const name = this.#known.get(key)?.name;
    if (name !== undefined && this.#names.get(nameKey(key, name)) === key)
      this.#names.delete(nameKey(key, name));
  }
}

/** A name within an engine, by the key of a container of that engine. */
function nameKey(key: string, name: string): string {
  return `${key.slice(0, key.indexOf(' '))} ${name}`;
}

function runAfter({ action, attributes }: IncomingEvent, means: Meaning, before: Run = 'unknown'): Run {
  if (means.begins) return 'on';
  if (means.dies && attributes['stale'] !== 'true') return 'over';
  if (action === 'create') return 'unknown';
  return means.ends && before === 'on' ? 'unknown' : before;
}

/** Tests whether the attributes state a name, an image or labels of the container. */
function statesMore({ attributes }: IncomingEvent, { labels }: Meaning): boolean {
  if (attributes['name'] !== undefined || attributes['image'] !== undefined) return true;
  return labels && hasLabels(attributes);
}

/** The event itself if it is ours and has no number yet, else a copy. */
function ownOf(event: IncomingEvent): OwnEvent {
  return event instanceof OwnEvent && !event.numbered ? event : new OwnEvent(event);
}

/** Tests whether an attribute is a label. */
function hasLabels(attributes: Attributes): boolean {
  for (const field in attributes) if (!isNoLabel(field)) return true;
  return false;
}
