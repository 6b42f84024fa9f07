/** Frames as lines of JSON, and back: the format of the native API and of `-o json`. */
import { parseCursor } from '../collector/cursor.ts';
import type { Frame } from '../collector/frames.ts';
import type { Attributes, EventSource } from '../event.ts';
import { stringify } from './json-text.ts';
import { encodeEvent } from './ndjson-event.ts';
import { isWhole } from '../whole-number.ts';

/** Encodes a frame as one line of JSON, without the line end. */
export function encodeFrame(frame: Frame): string {
  return frame.kind === 'event' ? encodeEvent(frame.event, frame.cursor) : stringify(frame);
}

/**
 * Decodes a line of {@link encodeFrame}. Ignores unknown properties.
 *
 * @throws RangeError if the line is not a frame, with the invalid property
 */
export function decodeFrame(line: string): Frame {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw notAFrame(line, 'it is not JSON');
  }
  const frame = isObject(value) ? value : {};
  const { kind } = frame;
  const wrong = check(frame, kind);
  if (wrong !== undefined) throw notAFrame(line, `its ${wrong} is missing or wrong`);
  if (kind !== 'event') return frame as unknown as Frame;
  const seq = seqOf(frame['cursor']);
  if (seq === undefined) throw notAFrame(line, 'its cursor is missing or wrong');
  return eventFrame(frame as unknown as Line, seq);
}

/** An event's line after the check of its properties. */
interface Line {
  readonly cursor: string;
  readonly timeNano: string;
  readonly type: string;
  readonly action: string;
  readonly id: string;
  readonly name?: string;
  readonly attributes: Attributes;
  readonly scope?: string;
  readonly source: EventSource;
}

function eventFrame(line: Line, seq: number): Frame {
  const { cursor, type, action, id, name, attributes, scope, source } = line;
  const timeNano = BigInt(line.timeNano);
  // Few shapes of objects, without spreads: a tail decodes tens of thousands a second.
  const event =
    name === undefined
      ? { seq, timeNano, type, action, id, attributes, source }
      : { seq, timeNano, type, action, id, name, attributes, source };
  return { kind: 'event', cursor, event: scope === undefined ? event : { ...event, scope } };
}

type Check = (value: unknown) => boolean;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isText: Check = (value) => typeof value === 'string';
const isTextOrNothing: Check = (value) => value === undefined || typeof value === 'string';
const isCursor: Check = (value) => seqOf(value) !== undefined;
const isCursorOrNothing: Check = (value) => value === undefined || isCursor(value);
const oneOf =
  (...words: string[]): Check =>
  (value) =>
    typeof value === 'string' && words.includes(value);

/** Checks every value, without an array of them. */
const isTexts: Check = (value) => {
  if (!isObject(value)) return false;
  for (const key in value) if (typeof value[key] !== 'string') return false;
  return true;
};

/** The required properties of each kind of frame. The cursor of an event is checked as it is read. */
const SHAPES: Readonly<Record<Frame['kind'], Readonly<Record<string, Check>>>> = {
  ready: { oldest: isCursor, newest: isCursor, durable: isCursorOrNothing },
  event: {
    timeNano: (value) => typeof value === 'string' && /^-?\d{1,19}$/.test(value),
    type: isText,
    action: isText,
    id: isText,
    name: isTextOrNothing,
    attributes: isTexts,
    scope: isTextOrNothing,
    source: (value) =>
      isObject(value) &&
      isText(value['engine']) &&
      isTextOrNothing(value['endpoint']) &&
      isTextOrNothing(value['id']) &&
      isTextOrNothing(value['host']),
  },
  'replay-end': { cursor: isCursor },
  bookmark: { cursor: isCursor, durable: isCursorOrNothing },
  gap: {
    from: isCursor,
    to: isCursor,
    count: (value) => isWhole(value),
    reason: oneOf('expired', 'overflow', 'epoch', 'upstream', 'crash', 'damaged'),
  },
  end: {
    reason: oneOf('until', 'complete', 'shutdown', 'error'),
    cursor: isCursor,
    message: isTextOrNothing,
  },
};

const CHECKS = new Map(Object.entries(SHAPES).map(([kind, shape]) => [kind, Object.entries(shape)]));

/** The first property that does not fit the kind of frame. */
function check(frame: Readonly<Record<string, unknown>>, kind: unknown): string | undefined {
  const checks = CHECKS.get(kind as string);
  if (checks === undefined) return 'kind';
  for (const [key, matches] of checks) if (!matches(frame[key])) return key;
  return undefined;
}

/** The number in a cursor; undefined for an invalid one. */
function seqOf(value: unknown): number | undefined {
  try {
    return typeof value === 'string' ? parseCursor(value).seq : undefined;
  } catch {
    return undefined;
  }
}

function notAFrame(line: string, why: string): RangeError {
  return new RangeError(`not a frame of tidings, ${why}: ${JSON.stringify(line.slice(0, 80))}`);
}
