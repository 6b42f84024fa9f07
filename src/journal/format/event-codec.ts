/**
 * Events as bytes. A chunk holds each text once and refers to it afterwards; a time is stored as
 * its distance from the time before. Decoding gives exactly what was encoded, including the order
 * of attributes and lone surrogates.
 */
import type { Attributes, EngineEvent, EventSource } from '../../event.ts';
import type { Instant } from '../../instant.ts';
import { ByteReader, ByteWriter } from './byte-stream.ts';

/**
 * References to texts: 0 defines a new text in place, 1 is `undefined`, n + 2 is the n-th defined
 * text.
 */
const DEFINED = 0;
const UNDEFINED = 1;
const FIRST = 2;

/** Longer distances of time (52 days, in ns) are written as a text. */
const FAR = 2 ** 52;

/** First character of a text that holds a {@link pair}. */
const PAIR = '\u0000';

/** Room for the numbers of one event without attributes, and of one attribute: in bytes. */
const ROOM = 64;
const ROOM_ATTRIBUTE = 16;

/** Encodes the events of one chunk. */
export class EventEncoder {
  readonly #out: ByteWriter;
  readonly #texts = new Map<string, number>();
  #time: Instant = 0n;

  constructor(out: ByteWriter) {
    this.#out = out;
  }

  encode(event: EngineEvent): void {
    const out = this.#out;
    const { timeNano, source, attributes } = event;
    out.room(ROOM);
    this.#writeTime(timeNano);
    this.#writeText(pair(event.type, event.scope));
    this.#writeText(event.action);
    this.#writeText(event.id);
    this.#writeText(event.name);
    this.#writeText(source.engine);
    this.#writeText(pair(source.endpoint, source.id));
    const keys = Object.keys(attributes);
    out.room(ROOM);
    out.number(keys.length);
    for (const key of keys) {
      out.room(ROOM_ATTRIBUTE);
      this.#writeText(key);
      this.#writeText(attributes[key]);
    }
  }

  #writeTime(time: Instant): void {
    const distance = Number(time - this.#time);
    if (distance > -FAR && distance < FAR) {
      this.#out.number((distance < 0 ? -distance * 2 - 1 : distance * 2) + 1);
    } else {
      this.#out.number(0);
      this.#writeText(String(time));
    }
    this.#time = time;
  }

  #writeText(text: string | undefined): void {
    if (text === undefined) return this.#out.number(UNDEFINED);
    const number = this.#texts.get(text);
    if (number !== undefined) return this.#out.number(number);
    this.#texts.set(text, this.#texts.size + FIRST);
    this.#out.number(DEFINED);
    this.#out.text(text);
    this.#out.room(ROOM);
  }
}

/** Decodes the output of an {@link EventEncoder} for one chunk, which can come in several parts. */
export class EventDecoder {
  readonly #texts: string[] = [];
  #time: Instant = 0n;
  #source: EventSource = { engine: '' };
  /** The text that holds the source's endpoint and identity. */
  #place: string | undefined;

  /**
   * Decodes the events of one part. Their numbers start at `first`.
   *
   * @throws RangeError if the part is damaged
   */
  decode(part: ByteReader, first: number, count: number): EngineEvent[] {
    const events: EngineEvent[] = [];
    for (let i = 0; i < count; i++) events.push(this.#event(part, first + i));
    if (!part.done) throw new RangeError('bytes after the last event');
    return events;
  }

  #event(part: ByteReader, seq: number): EngineEvent {
    const timeNano = this.#readTime(part);
    const [type = '', scope] = unpair(this.#text(part));
    const action = this.#text(part);
    const id = this.#text(part);
    const name = this.#optional(part);
    const source = this.#readSource(part);
    const attributes: Record<string, string> = {};
    for (let left = part.number(); left > 0; left--) {
      const key = this.#text(part);
      const value = this.#text(part);
      if (key === '__proto__') define(attributes, key, value);
      else attributes[key] = value;
    }
    const event = {
      timeNano,
      type,
      action,
      id,
      name,
      attributes: attributes satisfies Attributes,
      source,
      seq,
    };
    return scope === undefined ? event : { ...event, scope };
  }

  #readTime(part: ByteReader): Instant {
    const code = part.number();
    if (code === 0) this.#time = BigInt(this.#text(part));
    else {
      const distance = code % 2 === 1 ? (code - 1) / 2 : -(code / 2);
      this.#time += BigInt(distance);
    }
    return this.#time;
  }

  /** Neighbouring events mostly share their source: they then share the object too. */
  #readSource(part: ByteReader): EventSource {
    const engine = this.#text(part);
    const place = this.#optional(part);
    if (this.#source.engine !== engine || this.#place !== place) {
      const [endpoint, id] = unpair(place);
      this.#source = {
        engine,
        ...(endpoint === undefined ? {} : { endpoint }),
        ...(id === undefined ? {} : { id }),
      };
      this.#place = place;
    }
    return this.#source;
  }

  #text(part: ByteReader): string {
    const text = this.#optional(part);
    if (text === undefined) throw new RangeError('a missing text');
    return text;
  }

  #optional(part: ByteReader): string | undefined {
    const reference = part.number();
    if (reference === UNDEFINED) return undefined;
    if (reference === DEFINED) {
      const text = part.text();
      this.#texts.push(text);
      return text;
    }
    const text = this.#texts[reference - FIRST];
    if (text === undefined) throw new RangeError('a reference to an undefined text');
    return text;
  }
}

/**
 * Joins two texts into one. The second is rare in old journals: without it, the first stays as it
 * is. A pair that repeats takes no more room than one text.
 */
function pair(first: string | undefined, second: string | undefined): string | undefined {
  if (second === undefined && first?.startsWith(PAIR) !== true) return first;
  const length = first === undefined ? '' : first.length;
  return `${PAIR}${length}:${first ?? ''}${second === undefined ? '' : `+${second}`}`;
}

/** @throws RangeError if the text is a damaged pair */
function unpair(text: string | undefined): readonly [first: string | undefined, second: string | undefined] {
  if (text?.startsWith(PAIR) !== true) return [text, undefined];
  const [head, length] = /^.(\d*):/s.exec(text) ?? [];
  if (head === undefined) throw new RangeError('a damaged pair of texts');
  const end = head.length + Number(length);
  const second = text.length > end ? text.slice(end + 1) : undefined;
  return [length === '' ? undefined : text.slice(head.length, end), second];
}

/** Defines a property of exactly that name; plain assignment would not define `__proto__`. */
function define(target: object, key: string, value: string): void {
  Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
}
