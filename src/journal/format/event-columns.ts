/**
 * The columns of a packed chunk as bytes: times, actions, templates, and the values that vary. The
 * other parts are in the segment's dictionary.
 */
import type { Instant } from '../../instant.ts';
import { ByteReader, ByteWriter } from './byte-stream.ts';
import type { Content } from './dictionary.ts';
import { instantOf } from './ranges.ts';
import type { EventList } from './event-list.ts';
import { readTexts, writeTexts } from './text-table.ts';

/** Columns of consecutive events, for reading. */
export interface Columns {
  readonly times: {
    readonly base: Instant;
    /** Distance from `base` in ns; NaN where `far` holds the time. */
    readonly offsets: ArrayLike<number>;
    readonly far: ReadonlyMap<number, Instant>;
  };
  readonly actions: ArrayLike<number>;
  readonly templates: ArrayLike<number>;
  /** References of the values that vary: below 0, `-1 - i` is the i-th text of the chunk itself. */
  readonly values: ArrayLike<number>;
  /** Start of the values of each event. */
  readonly starts: ArrayLike<number>;
  /** Texts of the chunk itself. */
  readonly own: { get(index: number): string };
}

/** No distance between near times is greater: in ns. */
const FARTHEST = 2 ** 52;

/** A text of the chunk itself that was not used before. Odd: one used before, by its distance. */
const NEW = 0;

/**
 * Encodes a list of events.
 *
 * @param shared index in the dictionary of a text, by its reference; undefined: the text belongs to
 *   this chunk
 */
export function columnsContent(
  list: EventList,
  shared: (reference: number) => number | undefined,
  textOf: (reference: number) => string,
): Content {
  const { times, actions, templates, values } = list;
  const own = new Map<number, number>();
  const codes: number[] = [];
  for (const value of values) {
    const index = shared(value);
    const before = own.get(value);
    if (index !== undefined) codes.push(index * 2 + 2);
    else if (before !== undefined) codes.push((own.size - before) * 2 - 1);
    else {
      own.set(value, own.size);
      codes.push(NEW);
    }
  }
  const out = new ByteWriter(2 ** 16);
  const digits = new ByteWriter(2 ** 12);
  writeTexts([...own.keys()].map(textOf), out, digits);
  out.text(String(times.base));
  out.room(16);
  out.number(times.far.size);
  for (const [index, time] of times.far) {
    out.room(16);
    out.number(index);
    out.text(String(time));
  }
  out.room((list.length * 3 + codes.length) * 8);
  let before = 0;
  for (const offset of times.offsets) {
    const distance = Number.isNaN(offset) ? 0 : offset - before;
    out.number(distance < 0 ? -distance * 2 - 1 : distance * 2);
    before += distance;
  }
  for (const action of actions) out.number(action);
  for (const template of templates) out.number(template);
  for (const code of codes) out.number(code);
  return { body: out.bytes.subarray(0, out.length), digits: digits.bytes.subarray(0, digits.length) };
}

/**
 * Decodes the columns of `count` events.
 *
 * @param varying count of values that vary, by template
 * @param actionCount count of the dictionary's actions
 * @param textCount count of the dictionary's texts
 * @throws RangeError or SyntaxError if they are damaged
 */
export function readColumns(
  { body, digits }: Content,
  count: number,
  { varying, actionCount, textCount }: { varying: Int32Array; actionCount: number; textCount: number },
): Columns {
  const from = new ByteReader(body);
  const own = readTexts(from, digits);
  const times = readTimes(from, count);
  const actions = from.numbers(count, actionCount);
  const templates = from.numbers(count, varying.length);
  const starts = new Int32Array(count);
  let length = 0;
  for (let i = 0; i < count; i++) {
    starts[i] = length;
    length += varying[templates[i] as number] as number;
  }
  const values = from.numbers(length, 2 ** 31);
  let used = 0;
  for (let i = 0; i < length; i++) {
    const code = values[i] as number;
    if (code === NEW) values[i] = -1 - used++;
    else if (code % 2 === 0) values[i] = code / 2 - 1;
    else values[i] = -1 - (used - (code + 1) / 2);
    const value = values[i] as number;
    if (value >= textCount || value < -own.length || (value < 0 && -value > used))
      throw new RangeError('a reference to an undefined text');
  }
  if (!from.done) throw new RangeError('bytes after the last event');
  return { times, actions, templates, values, starts, own };
}

/** The times alone. @throws RangeError or SyntaxError if they are damaged */
export function readTimesOf({ body, digits }: Content, count: number): Columns['times'] {
  const from = new ByteReader(body);
  readTexts(from, digits);
  return readTimes(from, count);
}

function readTimes(from: ByteReader, count: number): Columns['times'] {
  const base = instantOf(from.text());
  const far = new Map<number, Instant>();
  for (let left = from.number(); left > 0; left--) far.set(from.number(), instantOf(from.text()));
  if (count > from.end - from.at) throw new RangeError('more events than bytes');
  const offsets = new Float64Array(count);
  let offset = 0;
  for (let i = 0; i < count; i++) {
    const code = from.number();
    offset += code % 2 === 1 ? -(code + 1) / 2 : code / 2;
    if (!(Math.abs(offset) <= FARTHEST)) throw new RangeError('a time far from the others');
    offsets[i] = offset;
  }
  for (const index of far.keys()) offsets[index] = Number.NaN;
  return { base, offsets, far };
}
