/**
 * The event: what every engine's own notification becomes, and what every consumer gets.
 *
 * An engine emits an {@link IncomingEvent}; the collector gives it a number and from then on it is an
 * {@link EngineEvent} that nobody changes.
 */

/** Where an event came from: the kind of engine, and which one when there are several. */
export interface EventSource {
  /** `docker`, `isulad`, `tidings` …: lower case, no spaces. */
  readonly engine: string;
  /** The socket or address that it was read from, e.g. `unix:///var/run/docker.sock`. */
  readonly endpoint?: string;
  /**
   * The engine's own identity, where it states one (Docker's `/info` ID): equal on every socket of one
   * daemon. Equal container ids of two identities are two containers.
   */
  readonly id?: string;
}

/** String to string: `image`, `exitCode`, `pid`, `signal`, labels … */
export type Attributes = Readonly<Record<string, string>>;

/**
 * Attributes that tidings itself adds. A label of such a name is kept under `label.NAME`, so that nobody
 * can forge one.
 *
 * - `engineAction`: the engine's own word, where `action` is another (podman's `died`).
 * - `noise`: `exec`, `health` or `network`: machinery that few readers want to see.
 * - `reconciled`: `true` on an event that an engine's listing proves and its stream did not bring.
 */
export const OWN_ATTRIBUTES: ReadonlySet<string> = new Set(['engineAction', 'noise', 'reconciled']);

/** Attributes as they arrive from outside: one that has a name of {@link OWN_ATTRIBUTES} is kept under `label.NAME`. */
export function foreignAttributes(attributes: Attributes): Attributes {
  let foreign = false;
  for (const name of OWN_ATTRIBUTES) if (Object.hasOwn(attributes, name)) foreign = true;
  if (!foreign) return attributes;
  return Object.fromEntries(
    Object.entries(attributes).map(([key, value]) => [OWN_ATTRIBUTES.has(key) ? `label.${key}` : key, value]),
  );
}

/** An event as an engine emits it: not yet in any order. */
export interface IncomingEvent {
  /** Nanoseconds since the Unix epoch, UTC, as the engine states it, else when it was read. */
  readonly timeNano: bigint;
  /** `container`, `image`, `network`, `volume`, `daemon` …: open-ended. */
  readonly type: string;
  /** The common word for what happened: `create`, `start`, `die` …: open-ended. */
  readonly action: string;
  /** The full id of what it happened to; empty where the engine has none. */
  readonly id: string;
  /** The human name, where the engine states one. */
  readonly name?: string | undefined;
  readonly attributes: Attributes;
  /** How far the event is known, if the engine says so: `local` to its host, `swarm`. */
  readonly scope?: string | undefined;
  readonly source: EventSource;
}

/** An event with its place in the stream. Immutable. */
export interface EngineEvent extends IncomingEvent {
  /** 1, 2, 3 …: given by the collector, without holes but those that a gap names. Never used twice. */
  readonly seq: number;
}

/** A place for a number: an object that grows afterwards needs a second one for what was added. */
const UNNUMBERED = undefined as unknown as number;

/**
 * An event that the product itself has made: every part is known to be of its type, and nobody else holds the object. The
 * collector therefore numbers it in place, and copies any other object. Users cannot make one: the class is not exported
 * to them.
 */
export class OwnEvent implements EngineEvent {
  /** The collector's; until then there is none. */
  declare seq: number;
  declare readonly timeNano: bigint;
  declare readonly type: string;
  declare readonly action: string;
  declare readonly id: string;
  declare readonly name: string | undefined;
  declare readonly attributes: Attributes;
  declare readonly scope: string | undefined;
  declare readonly source: EventSource;

  /** Whether a collector has numbered it. */
  get numbered(): boolean {
    return this.seq !== UNNUMBERED;
  }

  constructor(parts: IncomingEvent) {
    this.seq = UNNUMBERED;
    this.timeNano = parts.timeNano;
    this.type = parts.type;
    this.action = parts.action;
    this.id = parts.id;
    this.name = parts.name;
    this.attributes = parts.attributes;
    this.scope = parts.scope;
    this.source = parts.source;
  }
}

/**
 * Why events are missing. `crash`: the tail that a crash took before it was durable. `damaged`: what the journal can
 * no longer read.
 */
export type GapReason = 'expired' | 'overflow' | 'epoch' | 'upstream' | 'crash' | 'damaged';

/** The action of the events (type `daemon`) that stand for events which were lost. */
const GAP_ACTION = 'gap';

/** What is known about a loss that happened before the collector. */
export interface UpstreamLoss {
  readonly source: EventSource;
  /** When the loss was noticed: nanoseconds since the Unix epoch. */
  readonly timeNano: bigint;
  readonly reason: GapReason;
  /** What happened, for people: one sentence. */
  readonly detail: string;
  /** How many events are missing, where that is known. */
  readonly count?: number | undefined;
  /** First and last instant between which events may be missing, where known. */
  readonly since?: bigint | undefined;
  readonly until?: bigint | undefined;
}

/**
 * The event that stands for events lost before the collector (an engine's restart, bytes in the FIFO):
 * type `daemon`, action `gap`, in everybody's stream and in history.
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

/** Whether the event stands for lost events (see {@link gapEvent}). */
export function isGap(event: Pick<IncomingEvent, 'type' | 'action'>): boolean {
  return event.action === GAP_ACTION && event.type === 'daemon';
}
