/**
 * The event: the common form of every engine's notifications.
 *
 * An engine emits an {@link IncomingEvent}; the collector gives it a number and makes it an
 * immutable {@link EngineEvent}.
 */

/** Source of an event: the kind of engine, and which one if there are several. */
export interface EventSource {
  /** `docker`, `isulad`, `tidings` …: lower case, no spaces. */
  readonly engine: string;
  /** The socket or address that it was read from, e.g. `unix:///var/run/docker.sock`. */
  readonly endpoint?: string;
  /**
   * The engine's own identity, if it states one (Docker's `/info` ID): equal on every socket of one
   * daemon. Equal container ids of two identities are two containers.
   */
  readonly id?: string;
  /** The host, if it was read from a fleet of many: see `docs/fleet.md`. */
  readonly host?: string;
}

/** String to string: `image`, `exitCode`, `pid`, `signal`, labels … */
export type Attributes = Readonly<Record<string, string>>;

/**
 * Attributes that tidings itself adds. A label with such a name is stored as `label.NAME`, so that
 * no label can forge one.
 *
 * - `hostPosition`: on an event of a fleet, its number in the stream of its host and its cursor there.
 * - `engineAction`: the engine's own word, where `action` is another (podman's `died`).
 * - `noise`: `exec`, `health` or `network`: machinery that few readers want to see.
 * - `reconciled`: `true` on an event that comes from an engine's listing and not from its stream.
 * - `stale`: `true` on the end of an unknown run. It changes no state and triggers no rule.
 */
export const OWN_ATTRIBUTES: ReadonlySet<string> = new Set([
  ...['engineAction', 'hostPosition', 'noise', 'reconciled', 'stale'],
]);

/** Renames attributes from outside with a name in {@link OWN_ATTRIBUTES} to `label.NAME`. */
export function foreignAttributes(attributes: Attributes): Attributes {
  let foreign = false;
  for (const name of OWN_ATTRIBUTES) if (Object.hasOwn(attributes, name)) foreign = true;
  if (!foreign) return attributes;
  return Object.fromEntries(
    Object.entries(attributes).map(([key, value]) => [OWN_ATTRIBUTES.has(key) ? `label.${key}` : key, value]),
  );
}

/** An event as an engine emits it, before it has a number. */
export interface IncomingEvent {
  /** Nanoseconds since the Unix epoch, UTC, as the engine states it, else the time of reading. */
  readonly timeNano: bigint;
  /** `container`, `image`, `network`, `volume`, `daemon` …: open-ended. */
  readonly type: string;
  /** The common word for the action: `create`, `start`, `die` …: open-ended. */
  readonly action: string;
  /** The full id of the event's object; empty if the engine states none. */
  readonly id: string;
  /** The human name, if the engine states one. */
  readonly name?: string | undefined;
  readonly attributes: Attributes;
  /** Reach of the event, if the engine states it: `local` to its host, `swarm`. */
  readonly scope?: string | undefined;
  readonly source: EventSource;
}

/** An event with its place in the stream. Immutable. */
export interface EngineEvent extends IncomingEvent {
  /**
   * 1, 2, 3 …, given by the collector: the only holes are those that a gap names. Never used twice.
   */
  readonly seq: number;
}

/** Reserves a field for the number: a field added later would need a second object. */
const UNNUMBERED = undefined as unknown as number;

/**
 * An event made by the product itself: every part has its type, and no other code holds the object.
 * So the collector numbers it in place, and copies any other object. Users cannot make one, as the
 * class is not exported to them.
 */
export class OwnEvent implements EngineEvent {
  /** The collector's number; unset before. */
  declare seq: number;
  declare readonly timeNano: bigint;
  declare readonly type: string;
  declare readonly action: string;
  declare readonly id: string;
  declare name: string | undefined;
  declare attributes: Attributes;
  declare readonly scope: string | undefined;
  declare readonly source: EventSource;
  #bytes: number | undefined;

  /** @param bytes as {@link sizeOf} counts them. Default: they are counted when they are read */
  constructor(parts: IncomingEvent, bytes?: number) {
    this.seq = UNNUMBERED;
    this.timeNano = parts.timeNano;
    this.type = parts.type;
    this.action = parts.action;
    this.id = parts.id;
    this.name = parts.name;
    this.attributes = parts.attributes;
    this.scope = parts.scope;
    this.source = parts.source;
    this.#bytes = bytes;
  }

  /** True once a collector has numbered it. */
  get numbered(): boolean {
    return this.seq !== UNNUMBERED;
  }

  /** Its bytes in memory, see {@link sizeOf}: counted once. */
  get bytes(): number {
    return (this.#bytes ??= sizeOf(this));
  }

  /**
   * Replaces name and attributes, before it has a number.
   *
   * @param bytes as for the constructor
   */
  complete(name: string | undefined, attributes: Attributes, bytes?: number): void {
    this.name = name;
    this.attributes = attributes;
    this.#bytes = bytes;
  }
}

/**
 * Memory of an event's object, its instant and the headers of its strings: measured with V8 of Node
 * 20.
 */
export const EVENT_BYTES = 256;
/** The same for an attribute. */
export const ATTRIBUTE_BYTES = 48;
/** Up to this length in characters, a string's UTF-8 counts as one byte for each character. */
export const SHORT = 1024;

/** Bytes of an event in memory: the UTF-8 of its strings, plus the cost of objects and strings. */
export function sizeOf({ type, action, id, name = '', attributes, source }: IncomingEvent): number {
  const { endpoint = '' } = source;
  const length = type.length + action.length + id.length + name.length + endpoint.length;
  const bytes = length < SHORT ? length : byteLength([type, action, id, name, endpoint]);
  return EVENT_BYTES + sizeOfAttributes(attributes) + bytes;
}

/** The share of attributes in {@link sizeOf}. */
export function sizeOfAttributes(attributes: Attributes): number {
  let length = 0;
  let size = 0;
  for (const key in attributes) {
    length += key.length + (attributes[key] as string).length;
    size += ATTRIBUTE_BYTES;
  }
  return size + (length < SHORT ? length : byteLength(Object.entries(attributes).flat()));
}

function byteLength(texts: readonly string[]): number {
  return texts.reduce((bytes, text) => bytes + Buffer.byteLength(text), 0);
}

/**
 * Reason of missing events. `crash`: a crash took them before they were durable. `damaged`: the
 * journal can no longer read them.
 */
export type GapReason = 'expired' | 'overflow' | 'epoch' | 'upstream' | 'crash' | 'damaged';

/** The action of gap events (type `daemon`). */
const GAP_ACTION = 'gap';

/** A loss of events before the collector. */
export interface UpstreamLoss {
  readonly source: EventSource;
  /** Time of noticing the loss: nanoseconds since the Unix epoch. */
  readonly timeNano: bigint;
  readonly reason: GapReason;
  /** The cause, for people: one sentence. */
  readonly detail: string;
  /** Count of missing events, if known. */
  readonly count?: number | undefined;
  /** First and last instant of the missing events, if known. */
  readonly since?: bigint | undefined;
  readonly until?: bigint | undefined;
}

/**
 * Makes the event for a loss before the collector (an engine's restart, garbage in the FIFO): type
 * `daemon`, action `gap`. It is in every stream and in history.
 */
export function gapEvent(loss: UpstreamLoss): OwnEvent {
  const attributes: Record<string, string> = { reason: loss.reason, detail: loss.detail };
  if (loss.count !== undefined) attributes['count'] = String(loss.count);
  if (loss.since !== undefined) attributes['since'] = String(loss.since);
  if (loss.until !== undefined) attributes['until'] = String(loss.until);
  return new OwnEvent({
    timeNano: loss.timeNano,
    type: 'daemon',
    action: GAP_ACTION,
    id: '',
    name: loss.source.engine,
    attributes,
    source: loss.source,
  });
}

/** Tests for the source of records of the monitor FIFO: the engine itself sends other events. */
export function isOfFifo({ endpoint }: EventSource): boolean {
  return endpoint?.startsWith('fifo:') === true;
}

/** Tests for an event that stands for lost events (see {@link gapEvent}). */
export function isGap(event: Pick<IncomingEvent, 'type' | 'action'>): boolean {
  return event.action === GAP_ACTION && event.type === 'daemon';
}
