/** The description table completes events that state less about their container than is known. */
import { containerKey, stateKey } from '../../operators/container-key.ts';
import { type ContainerState, labelsOf } from '../../operators/container-state.ts';
import { type Attributes, type IncomingEvent, OwnEvent } from '../event.ts';

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
  readonly length: number;
}

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

/** Actions during a run: the pid in their attributes is the container's. */
const BEGINS = new Set(['start', 'running', 'restart']);

/** Actions after which no run continues. */
const ENDS = new Set(['create', 'starting', 'exit', 'die', 'stop', 'destroy', 'remove', 'delete']);

const REMOVES = new Set(['destroy', 'remove', 'delete']);

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
  readonly #limit: number;
  readonly #limitLength: number;
  readonly #known = new Map<string, Description>();
  readonly #removed = new Set<string>();
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

  /**
   * Takes a description from a listing or the journal, unless an event has described the container.
   */
  learn(state: Described): void {
    const key = stateKey(state);
    if (this.#known.has(key)) return;
    const { id, name, image, labels } = state;
    const own = name === id ? undefined : name;
    const attributes: Record<string, string> = { ...labels };
    if (own !== undefined) attributes['name'] = own;
    if (image !== undefined) attributes['image'] = image;
    this.#put(key, own, attributes);
    if (state.state === 'removed') this.#remove(key);
  }

  /**
   * Learns from an event and completes it. The given event stays unchanged: if attributes are
   * added, the result is a new object. A value that the event states wins.
   */
  complete(event: IncomingEvent): IncomingEvent {
    if (event.type !== 'container' || event.id === '') return event;
    const key = containerKey(event);
    const known = this.#learnFrom(key, event);
    if (known?.name === undefined && known?.attributes['image'] === undefined) this.undescribed++;
    if (known === undefined) return event;
    const name = statedName(event) ?? known.name ?? event.name;
    const attributes = merged(known.attributes, event.attributes);
    if (REMOVES.has(event.action)) this.#remove(key);
    if (name === event.name && attributes === event.attributes) return event;
    const { timeNano, type, action, id, scope, source } = event;
    return new OwnEvent({ timeNano, type, action, id, name, attributes, scope, source });
  }

  #learnFrom(key: string, event: IncomingEvent): Description | undefined {
    const { action, attributes } = event;
    let known = this.#known.get(key);
    const begins = BEGINS.has(action);
    const ends = ENDS.has(action);
    const name = statedName(event);
    if (attributes['image'] === undefined && name === undefined && !begins && !ends && !isLabelled(event))
      return known;
    const labels = isLabelled(event) ? labelsOf(attributes) : {};
    const states = name !== undefined || attributes['image'] !== undefined || !isEmpty(labels);
    // Ids can be reused, for example if they are names: forget the removed container's description.
    if (action === 'create' && (states || this.#removed.has(key))) {
      this.#forget(key);
      known = undefined;
    }
    const before = known?.attributes ?? {};
    const next: Record<string, string> = isEmpty(labels) ? { ...before } : { ...labels };
    if (!isEmpty(labels)) for (const field of ['name', 'image', 'pid']) copy(before, next, field);
    if (attributes['name'] !== event.id) copy(attributes, next, 'name');
    copy(attributes, next, 'image');
    if (begins) copy(attributes, next, 'pid');
    else if (ends) delete next['pid'];
    const called = name ?? known?.name;
    if (known !== undefined && called === known.name && same(known.attributes, next)) return known;
    if (known === undefined && called === undefined && isEmpty(next)) return undefined;
    return this.#put(key, called, next);
  }

  #put(key: string, name: string | undefined, attributes: Attributes): Description {
    const removed = this.#removed.has(key);
    this.#forget(key);
    let length = ENTRY + key.length + (name?.length ?? 0);
    for (const field in attributes) length += field.length + (attributes[field] as string).length;
    const description = { name, attributes: Object.freeze(attributes), length };
    if (length > this.#limitLength) return description;
    this.#known.set(key, description);
    if (removed) this.#removed.add(key);
    this.#length += length;
    while (this.#known.size > this.#limit || this.#length > this.#limitLength) this.#forget(this.#oldest);
    return description;
  }

  #remove(key: string): void {
    if (!this.#known.has(key)) return;
    this.#removed.delete(key);
    this.#removed.add(key);
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
    this.#length -= known.length;
    this.#known.delete(key);
    this.#removed.delete(key);
  }
}

/**
 * The name that an event states. A name equal to the id is not a name: iSulad's senders only know
 * the id.
 */
function statedName({ id, name, attributes }: IncomingEvent): string | undefined {
  const stated = name === undefined || name === id ? attributes['name'] : name;
  return stated === undefined || stated === id || stated === '' ? undefined : stated;
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
