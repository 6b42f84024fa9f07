/**
 * Many events as one short line of JSON: texts are in a dictionary, all else is numbers. A history
 * takes a fraction of the bytes of its lines in NDJSON, and a browser reads it in a fraction of
 * the time.
 */
import { formatCursor } from '../collector/cursor.ts';
import type { EngineEvent } from '../event.ts';
import * as instant from '../instant.ts';
import { quote } from './json-text.ts';
import type { JsonWriter } from './json-writer.ts';

const HEAD = Buffer.from('{"kind":"events","cursor":"');
const MINUS = 0x2d;
const COMMA = 0x2c;

/** Texts of a dictionary, and their UTF-16 units, beyond which the next line begins a new one. */
const MOST_TEXTS = 20_000;
const MOST_LENGTH = 1_000_000;

/** Writes the lines of one stream: a text is in the first line that needs it, and then known. */
export class Packer {
  /** Places of the texts, from 1 on. */
  readonly #places = new Map<string, number>();
  #length = 0;

  /** Frees the memory: the next line begins a new dictionary. */
  forget(): void {
    this.#places.clear();
    this.#length = 0;
  }

  /**
   * Writes the line of these events, at least one, with the line end.
   *
   * Each event is a run of whole numbers: the steps of its number and of its second since the event
   * before, its nanoseconds; the places of texts in the dictionary, from 1 on, 0 for none: type,
   * action, id, name, engine, endpoint, identity of the engine, scope; then the count of attributes,
   * and for each its key and value. `known` texts are those of the lines before; 0 begins a new
   * dictionary. `texts` follow them.
   */
  write(out: JsonWriter, events: readonly EngineEvent[], epoch: string): void {
    if (this.#places.size > MOST_TEXTS || this.#length > MOST_LENGTH) this.forget();
    const known = this.#places.size;
    const texts: string[] = [];
    const placeOf = (text: string | undefined): number => {
      if (text === undefined) return 0;
      const place = this.#places.get(text);
      if (place !== undefined) return place;
      this.#places.set(text, known + texts.push(text));
      this.#length += text.length;
      return known + texts.length;
    };
    const [first, last] = [events[0], events.at(-1)] as [EngineEvent, EngineEvent];
    let { seq } = first;
    let second = instant.seconds(first.timeNano);
    out.append(HEAD);
    out.ascii(`${formatCursor(epoch, last.seq)}","seq":${seq},"second":${second},"events":[`);
    for (const event of events) {
      const { timeNano, source, attributes } = event;
      if (event !== first) out.byte(COMMA);
      whole(out, event.seq - seq);
      const now = instant.seconds(timeNano);
      next(out, now - second);
      next(out, instant.nanos(timeNano));
      next(out, placeOf(event.type));
      next(out, placeOf(event.action));
      next(out, placeOf(event.id));
      next(out, placeOf(event.name));
      next(out, placeOf(source.engine));
      next(out, placeOf(source.endpoint));
      next(out, placeOf(source.id));
      next(out, placeOf(event.scope));
      const keys = Object.keys(attributes);
      next(out, keys.length);
      for (const key of keys) {
        next(out, placeOf(key));
        next(out, placeOf(attributes[key]));
      }
      ({ seq } = event);
      second = now;
    }
    out.text(`],"known":${known},"texts":[${texts.map(quote).join(',')}]}\n`);
  }
}

function next(out: JsonWriter, value: number): void {
  out.byte(COMMA);
  whole(out, value);
}

function whole(out: JsonWriter, value: number): void {
  if (value < 0) out.byte(MINUS);
  out.decimal(Math.abs(value));
}
