/**
 * Events as bytes. A chunk holds each text once and refers to it afterwards; a time is stored as
 * its distance from the time before. Decoding (`Rows`, `Views`) gives exactly what was encoded,
 * including the order of attributes and lone surrogates.
 */
import type { EngineEvent } from '../../event.ts';
import type { Instant } from '../../instant.ts';
import type { ByteWriter } from './byte-stream.ts';

/**
 * References to texts: 0 defines a new text in place, 1 is `undefined`, n + 2 is the n-th defined
 * text.
 */
export const DEFINED = 0;
export const UNDEFINED = 1;
export const FIRST = 2;

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
    this.#writeText(pair(source.engine, source.host));
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

/**
 * Joins two texts into one. The second is rare in old journals: without it, the first stays as it
 * is. A pair that repeats takes no more room than one text.
 */
function pair(first: string | undefined, second: string | undefined): string | undefined {
  if (second === undefined && first?.startsWith(PAIR) !== true) return first;
  const length = first === undefined ? '' : first.length;
  return `${PAIR}${length}:${first ?? ''}${second === undefined ? '' : `+${second}`}`;
}

/** Takes a pair apart; a text that no writer makes of a pair stays as it is. */
export function unpair(
  text: string | undefined,
): readonly [first: string | undefined, second: string | undefined] {
  if (text?.startsWith(PAIR) !== true) return [text, undefined];
  const [head, length] = /^.(\d*):/s.exec(text) ?? [];
  if (head === undefined) return [text, undefined];
  const end = head.length + Number(length);
  const second = text.length > end ? text.slice(end + 1) : undefined;
  return [length === '' ? undefined : text.slice(head.length, end), second];
}
