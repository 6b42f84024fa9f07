/** The description table completes events that state less about their container than is known. */
import { containerKey, stateKey } from '../../operators/container-key.ts';
import { type ContainerState, labelsOf } from '../../operators/container-state.ts';
import { isEnd, isRemoval } from '../../operators/words.ts';
import { type Attributes, type EventSource, type IncomingEvent, isGap, OwnEvent } from '../event.ts';

export interface DescriptionsOptions {
  /** Most described containers, 1 or more. Default 10,000. */
  readonly limit?: number;
  /** Most characters of all descriptions together, 1 or more. Default 16 Mi. */
  readonly limitLength?: number;
}

/** Name and attributes of one container. */
interface Description {
  readonly name: string | undefined;
  /**
   * Its `name`, `image` and labels, and its `pid` while it runs. Events that add nothing share this
   * object.
   */
  readonly attributes: Attributes;
  /** Of the attributes: looked up for every event, which is slow in many small objects. */
  readonly pid: string | undefined;
  readonly isDescribed: boolean;
  run: Run;
  /** Losses of its engine when the run was learned: events of a later loss may have changed it. */
  losses: number;
  readonly length: number;
}

/** `on`: the container runs. `over`: its run has ended. */
type Run = 'unknown' | 'on' | 'over';

/**
 * The part of a state that describes a container. It lacks the pid, as the run may have ended
 * since.
 */
type Described = Pick<ContainerState, 'id' | 'engine' | 'engineId' | 'name' | 'image' | 'labels' | 'state'>;

/** Most descriptions kept of removed containers: events may arrive after a removal. */
const REMOVED = 1024;

/**
 * Actions whose attributes state the labels. Attributes of other actions may belong to the event
 * alone.
 */
const STATES_LABELS = new Set(['create', 'start', 'update']);

/** Actions that give a name, even if another container has it. */
const NAMES = new Set(['create', 'rename']);

/** Actions during a run: the pid in their attributes is the container's. */
const BEGINS = new Set(['start', 'running', 'restart']);

/** Actions after which no run continues. */
const ENDS = new Set(['create', 'starting', 'exit', 'die', 'died', 'stop', 'destroy', 'remove', 'delete']);

/** Size in characters of an entry without its texts. */
const ENTRY = 64;

/**
 * Holds name, image, labels and pid of containers, by engine and id.
 *
 * Memory: bounded in number and characters. Removed containers make room first, then the least
 * recently described ones.
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
  /** Gaps by engine. */
  readonly #losses = new Map<string, number>();
  /** Keys by source object and id: their hashes are made once. */
  readonly #keys = new WeakMap<EventSource, Map<string, string>>();
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
    const next: Record<string, string> = { ...known?.attributes };
    if (isEmpty(labelsOf(next))) for (const field in labels) copy(labels, next, field);
    if (name !== undefined) next['name'] = name;
    if (image !== undefined) next['image'] ??= image;
    if (known !== undefined && name === known.name && same(known.attributes, next)) return;
    if (known === undefined && name === undefined && isEmpty(next)) return;
    this.#put(key, { name, attributes: next, run: known?.run ?? 'unknown', losses: known?.losses ?? 0 });
    if (state.state === 'removed') this.#remove(key);
  }

  /**
   * Learns from an event and completes it. The given event stays unchanged: if attributes are
   * added, the result is a new object. A value that the event states wins. An end with the pid of
   * an unknown run changes no description, and gets the attribute `stale`.
   */
  complete(event: IncomingEvent): IncomingEvent {
    if (event.type !== 'container' || event.id === '') {
      if (isGap(event)) this.#losses.set(engineOf(event), this.#lossesOf(event) + 1);
      return event;
    }
    const key = this.#keyOf(event);
    if (this.#isStale(key, event)) return this.#staleEnd(key, event);
    const known = this.#learnFrom(key, event);
    if (known?.isDescribed !== true) this.undescribed++;
    if (known === undefined) return event;
    const name = this.#nameOf(key, event, known) ?? known.name ?? event.name;
    const attributes = merged(known.attributes, event.attributes);
    if (isRemoval(event.action)) this.#remove(key);
    return completed(event, name, attributes);
  }

  /**
   * iSulad ignores the end of a container that does not run, or of a process other than its first.
   */
  #isStale(key: string, event: IncomingEvent): boolean {
    const pid = event.attributes['pid'];
    if (pid === undefined || !isEnd(event)) return false;
    const known = this.#known.get(key);
    if (known === undefined || known.losses !== this.#lossesOf(event)) return false;
    const running = known.pid;
    return known.run === 'over' || (known.run === 'on' && running !== undefined && running !== pid);
  }

  #staleEnd(key: string, event: IncomingEvent): IncomingEvent {
    this.stale++;
    const { name, attributes } = this.#known.get(key) as Description;
    return completed(event, name ?? event.name, { ...attributes, ...event.attributes, stale: 'true' });
  }

  #learnFrom(key: string, event: IncomingEvent): Description | undefined {
    const { action, attributes } = event;
    let known = this.#known.get(key);
    const begins = BEGINS.has(action);
    const ends = ENDS.has(action);
    const name = this.#nameOf(key, event, known);
    if (attributes['image'] === undefined && name === undefined && !begins && !ends && !isLabelled(event))
      return known;
    const labels = isLabelled(event) ? labelsOf(attributes) : {};
    const states = name !== undefined || attributes['image'] !== undefined || !isEmpty(labels);
    // Most events change nothing but the run.
    if (known !== undefined && !states && action !== 'create') {
      const running = known.pid;
      const pid = begins ? (attributes['pid'] ?? running) : undefined;
      if (running === pid) {
        known.run = runAfter(event, begins, ends, known.run);
        known.losses = this.#lossesOf(event);
        return known;
      }
    }
    // Ids can be reused, for example if they are names: forget the removed container's description.
    if (action === 'create' && (states || this.#removed.has(key))) {
      this.#forget(key);
      known = undefined;
    }
    const before = known?.attributes ?? {};
    const next: Record<string, string> = isEmpty(labels) ? { ...before } : { ...labels };
    if (!isEmpty(labels)) for (const field of ['name', 'image', 'pid']) copy(before, next, field);
    if (name !== undefined && attributes['name'] === name) next['name'] = name;
    copy(attributes, next, 'image');
    if (begins) copy(attributes, next, 'pid');
    else if (ends) delete next['pid'];
    const called = name ?? known?.name;
    const run = runAfter(event, begins, ends, known?.run);
    const losses = begins || ends ? this.#lossesOf(event) : (known?.losses ?? 0);
    if (known !== undefined && called === known.name && same(known.attributes, next)) {
      known.run = run;
      known.losses = losses;
      return known;
    }
    if (known === undefined && called === undefined && run === 'unknown' && isEmpty(next)) return undefined;
    return this.#put(key, { name: called, attributes: next, run, losses });
  }

  /**
   * The name that an event states for its container. A name equal to the id is not a name: iSulad's
   * senders only know the id. Annotations can state the name of another container.
   */
  #nameOf(key: string, event: IncomingEvent, known: Description | undefined): string | undefined {
    const { id, action, attributes } = event;
    const stated = event.name === undefined || event.name === id ? attributes['name'] : event.name;
    if (stated === undefined || stated === id || stated === '') return undefined;
    if (known?.name === undefined || known.name === stated || NAMES.has(action)) return stated;
    // An engine with an identity knows its containers: their names are their own.
    if (event.source.id !== undefined) return stated;
    const holder = this.#names.get(nameKey(key, stated));
    return holder === undefined || holder === key ? stated : undefined;
  }

  #keyOf(event: IncomingEvent): string {
    const { id, source } = event;
    let keys = this.#keys.get(source);
    if (keys === undefined || keys.size > 2 * this.#limit) this.#keys.set(source, (keys = new Map()));
    let key = keys.get(id);
    if (key === undefined) keys.set(id, (key = containerKey(event)));
    return key;
  }

  #lossesOf(event: IncomingEvent): number {
    return this.#losses.get(engineOf(event)) ?? 0;
  }

  #put(key: string, parts: Omit<Description, 'pid' | 'isDescribed' | 'length'>): Description {
    const { name, attributes, run, losses } = parts;
    const removed = this.#removed.has(key);
    this.#forget(key);
    let length = ENTRY + key.length + (name?.length ?? 0);
    for (const field in attributes) length += field.length + (attributes[field] as string).length;
    const { pid, image } = attributes;
    const isDescribed = name !== undefined || image !== undefined;
    Object.freeze(attributes);
    const description: Description = { name, attributes, pid, isDescribed, run, losses, length };
    if (length > this.#limitLength) return description;
    this.#known.set(key, description);
    if (name !== undefined && !removed) this.#names.set(nameKey(key, name), key);
    if (removed) this.#removed.add(key);
    this.#length += length;
    while (this.#known.size > this.#limit || this.#length > this.#limitLength) this.#forget(this.#oldest);
    return description;
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
    const [oldest] = this.#known.keys();
    return oldest as string;
  }

  #forget(key: string): void {
    const known = this.#known.get(key);
    if (known === undefined) return;
    this.#unname(key);
    this.#length -= known.length;
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

function engineOf({ source }: IncomingEvent): string {
  return source.id === undefined ? source.engine : `${source.engine}/${source.id}`;
}

/**
 * Only a `die` proves the end: a `stop` can come before it, and iSulad's `exit` does not concern a
 * run.
 */
function runAfter(event: IncomingEvent, begins: boolean, ends: boolean, before: Run = 'unknown'): Run {
  if (begins) return 'on';
  if (isEnd(event)) return 'over';
  if (event.action === 'create') return 'unknown';
  return ends && before === 'on' ? 'unknown' : before;
}

/** The event with these attributes; the same event if none is added. */
function completed(event: IncomingEvent, name: string | undefined, attributes: Attributes): IncomingEvent {
  if (name === event.name && attributes === event.attributes) return event;
  const { timeNano, type, action, id, scope, source } = event;
  return new OwnEvent({ timeNano, type, action, id, name, attributes, scope, source });
}

function isLabelled({ action, attributes }: IncomingEvent): boolean {
  return STATES_LABELS.has(action) && !isEmpty(attributes);
}

/** Merges both; the event's own values win. Returns one of the given objects if that is enough. */
function merged(known: Attributes, own: Attributes): Attributes {
  let adds = false;
  for (const field in own) {
    if (known[field] !== own[field] || !Object.hasOwn(known, field)) {
      adds = true;
      break;
    }
  }
  if (!adds) return known;
  for (const field in known) if (!Object.hasOwn(own, field)) return { ...known, ...own };
  return own;
}

function isEmpty(fields: Attributes): boolean {
  for (const _ in fields) return false;
  return true;
}

function same(one: Attributes, other: Attributes): boolean {
  const keys = Object.keys(one);
  return (
    keys.length === Object.keys(other).length &&
    keys.every((key) => Object.hasOwn(other, key) && one[key] === other[key])
  );
}

function copy(from: Attributes, to: Record<string, string>, field: string): void {
  if (Object.hasOwn(from, field)) to[field] = from[field] as string;
}
