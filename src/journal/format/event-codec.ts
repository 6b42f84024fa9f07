/**
 * Events as bytes: a text is written once in a chunk and referred to from then on, a time as its distance from the
 * one before. What is decoded is exactly what was encoded, order of attributes and lone surrogates included.
 */
import type { Attributes, EngineEvent, EventSource } from '../../event.ts';
import type { Instant } from '../../instant.ts';
import { ByteReader, ByteWriter } from './byte-stream.ts';

/** References to texts: 0 defines a new one in place, 1 is `undefined`, n + 2 is the n-th that was defined. */
const DEFINED = 0;
const UNDEFINED = 1;
const FIRST = 2;

/** Distances of time beyond this (52 days, in ns) are written as a text, which holds any. */
const FAR = 2 ** 52;

/** Begins a text that is a {@link pair}. */
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
    const known = this.#texts.get(text);
    if (known !== undefined) return this.#out.number(known);
    this.#texts.set(text, this.#texts.size + FIRST);
    this.#out.number(DEFINED);
    this.#out.text(text);
    this.#out.room(ROOM);
  }
}

/** Decodes what an {@link EventEncoder} made of one chunk, which can come in several parts. */
export class EventDecoder {
  readonly #texts: string[] = [];
  #time: Instant = 0n;
  #source: EventSource = { engine: '' };
  /** The text of that source's endpoint and identity. */
  #place: string | undefined;

  /** The events of one part, numbered from `first` on. @throws RangeError when it is none */
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

  /** Events that follow each other mostly share their source: then also the object, as when they came. */
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
    if (text === undefined) throw new RangeError('a text is missing');
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
    if (text === undefined) throw new RangeError('a text that was not defined');
    return text;
  }
}

/**
 * Two texts as one, of which the second is rare in old journals: without it, the first as it is. So both
 * take no more room than one, as they repeat together.
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

/** A property of that very name, which plain assignment would not make. */
function define(target: object, key: string, value: string): void {
  Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
}
