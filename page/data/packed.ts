/** Reads packed events: a dictionary of texts, and numbers. `Packer` of the daemon describes them. */
import { type PageEvent, StreamEvent } from './event.ts';

/** Events that arrived together; the cursor is that of the last. */
export interface EventsFrame {
  readonly kind: 'events';
  readonly cursor: string;
  readonly events: readonly PageEvent[];
}

export interface PackedLine {
  readonly kind: string;
  readonly cursor: string;
  /** Number and second of the first event. */
  readonly seq: number;
  readonly second: number;
  readonly events: readonly number[];
  /** Count of the texts of the lines before; 0, or absent, begins a new dictionary. */
  readonly known?: number;
  readonly texts: readonly string[];
}

/**
 * Makes a reader for the lines of one stream, in order. Texts of earlier lines are held once: names,
 * images and labels repeat in most events.
 *
 * The reader returns undefined if the line is damaged, or does not follow the line before.
 */
export function createUnpacker(): (line: PackedLine) => EventsFrame | undefined {
  let texts: string[] = [];
  return (line) => {
    if (!isPacked(line)) return undefined;
    const { known = 0 } = line;
    if (known === 0) texts = [];
    if (known !== texts.length) return undefined;
    for (const text of line.texts) texts.push(text);
    try {
      return { kind: 'events', cursor: line.cursor, events: eventsOf(line, texts) };
    } catch (error) {
      if (error instanceof RangeError) return undefined;
      throw error;
    }
  };
}

function isPacked({ cursor, seq, second, events, texts }: PackedLine): boolean {
  return (
    typeof cursor === 'string' &&
    Number.isSafeInteger(seq) &&
    Number.isSafeInteger(second) &&
    Array.isArray(events) &&
    events.every((value) => Number.isSafeInteger(value)) &&
    Array.isArray(texts) &&
    texts.every((text) => typeof text === 'string')
  );
}

/** @throws RangeError if a place is not in the dictionary, or numbers are missing */
function eventsOf({ seq, second, events: numbers }: PackedLine, texts: readonly string[]): PageEvent[] {
  const events: PageEvent[] = [];
  let at = 0;
  const number = (): number => {
    const value = numbers[at++];
    if (value === undefined) throw new RangeError('numbers are missing');
    return value;
  };
  const textOrNone = (): string | undefined => {
    const place = number();
    return place === 0 ? undefined : (texts[place - 1] ?? beyond(place));
  };
  const text = (): string => textOrNone() ?? beyond(0);
  let source: PageEvent['source'] | undefined;
  while (at < numbers.length) {
    seq += number();
    second += number();
    const nanos = number();
    const [type, action, id, name] = [text(), text(), text(), textOrNone()];
    const [engine, endpoint, identity] = [text(), textOrNone(), textOrNone()];
    // The scope is not shown.
    number();
    const isSame = source?.engine === engine && source.endpoint === endpoint && source.id === identity;
    if (!isSame || source === undefined) source = { engine, endpoint, id: identity };
    const attributes: Record<string, string> = {};
    for (let left = number(); left > 0; left--) {
      const key = text();
      // Assigned, it would be the prototype.
      if (key === '__proto__') Object.defineProperty(attributes, key, { ...OWN, value: text() });
      else attributes[key] = text();
    }
    events.push(new StreamEvent(seq, second, nanos, { type, action, id, name, attributes, source }));
  }
  return events;
}

const OWN = { enumerable: true, configurable: true, writable: true };

function beyond(place: number): never {
  throw new RangeError(`no text has the place ${place}`);
}
