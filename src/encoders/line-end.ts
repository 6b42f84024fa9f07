/**
 * The end of an event's line, from its id on. Events of one container agree in nearly all of it, so
 * only the values that differ from an event before are encoded.
 */
import type { EngineEvent, EventSource } from '../event.ts';
import { quote } from './json-text.ts';
import type { JsonWriter } from './json-writer.ts';

const ID = Buffer.from(',"id":');
const NAME = Buffer.from(',"name":');
const ATTRIBUTES = Buffer.from(',"attributes":{');
const SCOPE = Buffer.from(',"scope":');
const CLOSE = 0x7d;
const COMMA = 0x2c;
const COLON = 0x3a;

/** Most bytes of ends that are kept: those of several thousand containers. */
const KEPT = 8 * 2 ** 20;
/** Approximate memory of an id, of an end besides its texts, and of one of its values: in bytes. */
const [OF_ID, OF_END, OF_VALUE] = [100, 400, 32];

/** Most parts of an end that are kept: those up to the first value that differs, and after it. */
const MOST_PARTS = 256;

/** An end that was written before. */
interface WrittenEnd extends Pick<EngineEvent, 'name' | 'scope' | 'source'> {
  readonly bytes: Buffer;
  readonly keys: readonly string[];
  /** Their values, as they came last: texts are compared by identity first. */
  readonly values: string[];
  /** Start and end of each value in `bytes`. */
  readonly places: readonly number[];
  /** The bytes between two values that differ, as they were used. */
  readonly parts: (Buffer | undefined)[];
  /** Another end of the same id, with other keys. */
  readonly other: WrittenEnd | undefined;
}

/** Ends by the ids of their events; undefined for an id that came once. */
const ends = new Map<string, WrittenEnd | undefined>();
let kept = 0;

/** Start and end of each value of the end that was written last. */
const places: number[] = [];

/** Writes everything from the id on. */
export function writeEnd(out: JsonWriter, event: EngineEvent): void {
  const newest = ends.get(event.id);
  for (let end = newest; end !== undefined; end = end.other) if (writeLike(out, event, end)) return;
  const start = out.length;
  writeWhole(out, event);
  keep(event, out, start, newest);
}

/**
 * Writes the end with the bytes of one that has the same keys.
 *
 * @returns false, with nothing written, if more than values differ, or most of the values
 */
function writeLike(
  out: JsonWriter,
  { attributes, name, scope, source }: EngineEvent,
  end: WrittenEnd,
): boolean {
  const { keys, values } = end;
  if (end.name !== name || end.scope !== scope || end.source !== source) return false;
  const start = out.length;
  let count = 0;
  let different = 0;
  /** The value up to which all is written. */
  let written = -1;
  for (const key in attributes) {
    const value = attributes[key] as string;
    if (key !== keys[count]) return undo(out, start);
    if (value !== values[count]) {
      if (++different * 2 > keys.length) return undo(out, start);
      out.append(partOf(end, written, count));
      out.quoted(value);
      written = count;
    } else values[count] = value;
    count++;
  }
  if (count < keys.length) return undo(out, start);
  out.append(partOf(end, written, count));
  return true;
}

function undo(out: JsonWriter, start: number): false {
  out.length = start;
  return false;
}

/** The bytes after one value, -1 for none, up to another, or to the end. */
function partOf({ bytes, places, parts, values }: WrittenEnd, from: number, to: number): Buffer {
  const slot = (from + 1) * (values.length + 1) + to;
  const known = parts[slot];
  if (known !== undefined) return known;
  const part = bytes.subarray(places[from * 2 + 1] ?? 0, places[to * 2] ?? bytes.length);
  if (slot < MOST_PARTS) parts[slot] = part;
  return part;
}

function writeWhole(out: JsonWriter, { id, name, attributes, scope, source }: EngineEvent): void {
  out.append(ID);
  out.quoted(id);
  if (name !== undefined) {
    out.append(NAME);
    out.quoted(name);
  }
  out.append(ATTRIBUTES);
  places.length = 0;
  for (const key of Object.keys(attributes)) {
    if (places.length > 0) out.byte(COMMA);
    out.quoted(key);
    out.byte(COLON);
    places.push(out.length);
    out.quoted(attributes[key] as string);
    places.push(out.length);
  }
  out.byte(CLOSE);
  if (scope !== undefined) {
    out.append(SCOPE);
    out.quoted(scope);
  }
  out.append(tailOf(source));
}

/** Keeps the end that begins at `start`, once an id comes again. */
function keep(event: EngineEvent, out: JsonWriter, start: number, newest: WrittenEnd | undefined): void {
  const { id, name, attributes, scope, source } = event;
  const isFirst = !ends.has(id);
  const keys = Object.keys(attributes);
  const length = out.length - start;
  const size = isFirst ? OF_ID + id.length : OF_END + length * 2 + keys.length * OF_VALUE;
  if (size > KEPT) return;
  kept += size;
  if (kept > KEPT) {
    ends.clear();
    kept = size;
  }
  if (isFirst) {
    ends.set(id, undefined);
    return;
  }
  ends.set(id, {
    ...{ name, scope, source, keys, parts: [] },
    bytes: Buffer.from(out.bytes.subarray(start, out.length)),
    values: keys.map((key) => attributes[key] as string),
    places: places.map((place) => place - start),
    other: newest && { ...newest, other: undefined },
  });
}

/** The end of a line for each source: events of an engine share it, so it is encoded once. */
const tails = new WeakMap<EventSource, Buffer>();

function tailOf(source: EventSource): Buffer {
  let tail = tails.get(source);
  if (tail === undefined) {
    const endpoint = source.endpoint === undefined ? '' : `,"endpoint":${quote(source.endpoint)}`;
    const id = source.id === undefined ? '' : `,"id":${quote(source.id)}`;
    const host = source.host === undefined ? '' : `,"host":${quote(source.host)}`;
    tail = Buffer.from(`,"source":{"engine":${quote(source.engine)}${endpoint}${id}${host}}}`);
    tails.set(source, tail);
  }
  return tail;
}
