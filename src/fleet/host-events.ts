/** Events of hosts: read from JSON, checked, and marked with their host. */
import { decodeFrame } from '../encoders/ndjson.ts';
import { type EventSource, gapEvent, type IncomingEvent, isGap, OwnEvent } from '../event.ts';
import { encodeToken } from './names.ts';
import { formatPosition, type HostPosition, POSITION } from './host-position.ts';

/** Most sources of a host that are kept as one object each. */
const SOURCES = 64;

export class HostEvents {
  readonly #endpoint: string;
  readonly #sources = new Map<string, Map<string, EventSource>>();

  /** @param endpoint the address of the fleet */
  constructor(endpoint: string) {
    this.#endpoint = endpoint;
  }

  /** Source of events about a host. */
  sourceOf(host: string): EventSource {
    return this.#shared(host, 'fleet', undefined, host);
  }

  /**
   * Reads an event. Its host is that of the stream, whatever it says itself; an invalid one becomes a
   * gap of one event.
   */
  read(host: string, text: string, position: HostPosition): OwnEvent {
    try {
      const frame = decodeFrame(text);
      if (frame.kind === 'event') return this.#marked(host, frame.event, position);
      throw new RangeError(`it is a frame of kind ${frame.kind}`);
    } catch (error) {
      const detail = `an event of host ${JSON.stringify(host)} cannot be read: ${(error as Error).message}`;
      const timeNano = BigInt(position.at ?? 0) * 1_000_000n;
      const gap = gapEvent({ source: this.sourceOf(host), timeNano, reason: 'damaged', detail, count: 1 });
      gap.attributes = { ...gap.attributes, [POSITION]: formatPosition(position) };
      return gap;
    }
  }

  #marked(host: string, event: IncomingEvent, position: HostPosition): OwnEvent {
    const { timeNano, type, action, id, name, scope } = event;
    const { engine, id: engineId, host: inner } = event.source;
    const attributes = event.attributes as Record<string, string>;
    attributes[POSITION] = formatPosition(position);
    const whole = inner === undefined ? host : `${host}/${inner}`;
    // A loss on a host concerns all of its engines.
    const identity = isGap(event) && engine === 'tidings' ? undefined : `${host}/${engineId ?? ''}`;
    const source = this.#shared(host, engine, identity, whole);
    return new OwnEvent({ timeNano, type, action, id, name, attributes, scope, source });
  }

  /** One object for all events of a source, as it is encoded once. */
  #shared(host: string, engine: string, id: string | undefined, whole: string): EventSource {
    let sources = this.#sources.get(host);
    if (sources === undefined) this.#sources.set(host, (sources = new Map()));
    const key = `${engine} ${id} ${whole}`;
    const known = sources.get(key);
    if (known !== undefined) return known;
    const endpoint = `${this.#endpoint}/${encodeToken(host)}`;
    const source = { engine, endpoint, ...(id === undefined ? {} : { id }), host: whole };
    if (sources.size >= SOURCES) sources.clear();
    sources.set(key, source);
    return source;
  }
}
