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
  const wrong = typeof kind === 'string' ? check(frame, kind) : 'kind';
  if (wrong !== undefined) throw notAFrame(line, `its ${wrong} is missing or wrong`);
  return kind === 'event' ? eventFrame(frame as unknown as Line) : (frame as unknown as Frame);
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

function eventFrame(line: Line): Frame {
  const { cursor, type, action, id, name, attributes, scope, source } = line;
  const named = name === undefined ? {} : { name };
  const scoped = scope === undefined ? {} : { scope };
  const timeNano = BigInt(line.timeNano);
  const event = { timeNano, type, action, id, ...named, attributes, ...scoped, source };
  return { kind: 'event', cursor, event: { seq: parseCursor(cursor).seq, ...event } };
}

type Check = (value: unknown) => boolean;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isText: Check = (value) => typeof value === 'string';
const isTextOrNothing: Check = (value) => value === undefined || typeof value === 'string';
const isCursor: Check = (value) => {
  try {
    return typeof value === 'string' && parseCursor(value).seq >= 0;
  } catch {
    return false;
  }
};
const isCursorOrNothing: Check = (value) => value === undefined || isCursor(value);
const oneOf =
  (...words: string[]): Check =>
  (value) =>
    typeof value === 'string' && words.includes(value);

/** The required properties of each kind of frame. */
const SHAPES: Readonly<Record<Frame['kind'], Readonly<Record<string, Check>>>> = {
  ready: { oldest: isCursor, newest: isCursor, durable: isCursorOrNothing },
  event: {
    cursor: isCursor,
    timeNano: (value) => typeof value === 'string' && /^-?\d{1,19}$/.test(value),
    type: isText,
    action: isText,
    id: isText,
    name: isTextOrNothing,
    attributes: (value) => isObject(value) && Object.values(value).every(isText),
    scope: isTextOrNothing,
    source: (value) =>
      isObject(value) &&
      isText(value['engine']) &&
      isTextOrNothing(value['endpoint']) &&
      isTextOrNothing(value['id']),
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

/** The first property that does not fit the kind of frame. */
function check(frame: Readonly<Record<string, unknown>>, kind: string): string | undefined {
  if (!Object.hasOwn(SHAPES, kind)) return 'kind';
  return Object.entries(SHAPES[kind as Frame['kind']]).find(([key, matches]) => !matches(frame[key]))?.[0];
}

function notAFrame(line: string, why: string): RangeError {
  return new RangeError(`not a frame of tidings, ${why}: ${JSON.stringify(line.slice(0, 80))}`);
}
