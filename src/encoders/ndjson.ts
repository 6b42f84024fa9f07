/** Frames as lines of JSON, and back: what the native API speaks and `-o json` prints. */
import { parseCursor } from '../collector/cursor.ts';
import type { Frame } from '../collector/frames.ts';
import type { Attributes, EngineEvent, EventSource } from '../event.ts';
import * as instant from '../instant.ts';
import { quote, stringify } from './json-text.ts';

/**
 * An event as one line of JSON, its end not included. Flat, so that `jq .action` just works; `timeNano` is a
 * string, because JSON's numbers are exact only to 2^53.
 */
export function encodeEvent(event: EngineEvent, cursor: string): string {
  const { timeNano, type, action, id, name } = event;
  const named = name === undefined ? '' : `,"name":${quote(name)}`;
  return (
    `{"kind":"event","cursor":${quote(cursor)},"time":"${instant.format(timeNano)}","timeNano":"${timeNano}",` +
    `"type":${quote(type)},"action":${quote(action)},"id":${quote(id)}${named},` +
    `"attributes":${attributesText(event.attributes)},"source":${sourceText(event.source)}}`
  );
}

/** A frame as one line of JSON, its end not included. */
export function encodeFrame(frame: Frame): string {
  return frame.kind === 'event' ? encodeEvent(frame.event, frame.cursor) : stringify(frame);
}

/**
 * Reads what {@link encodeFrame} wrote. Properties that are not known are ignored.
 *
 * @throws RangeError when it is no frame, naming the property that is wrong
 */
export function decodeFrame(line: string): Frame {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw notAFrame(line, 'it is no JSON');
  }
  const frame = isObject(value) ? value : {};
  const { kind } = frame;
  const wrong = typeof kind === 'string' ? check(frame, kind) : 'kind';
  if (wrong !== undefined) throw notAFrame(line, `its ${wrong} is missing or wrong`);
  return kind === 'event' ? eventFrame(frame as unknown as Line) : (frame as unknown as Frame);
}

function attributesText(attributes: Attributes): string {
  let text = '';
  for (const key of Object.keys(attributes)) {
    text += `${text === '' ? '' : ','}${quote(key)}:${quote(attributes[key] as string)}`;
  }
  return `{${text}}`;
}

/** An engine's events share their source, so that its text is made once. */
const sources = new WeakMap<EventSource, string>();

function sourceText(source: EventSource): string {
  let text = sources.get(source);
  if (text === undefined) {
    const endpoint = source.endpoint === undefined ? '' : `,"endpoint":${quote(source.endpoint)}`;
    text = `{"engine":${quote(source.engine)}${endpoint}}`;
    sources.set(source, text);
  }
  return text;
}

/** An event's line, once its properties have been checked. */
interface Line {
  readonly cursor: string;
  readonly timeNano: string;
  readonly type: string;
  readonly action: string;
  readonly id: string;
  readonly name?: string;
  readonly attributes: Attributes;
  readonly source: EventSource;
}

function eventFrame(line: Line): Frame {
  const { cursor, type, action, id, name, attributes, source } = line;
  const named = name === undefined ? {} : { name };
  const event = { timeNano: BigInt(line.timeNano), type, action, id, ...named, attributes, source };
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

/** What the properties of each kind of frame must be. */
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
    source: (value) => isObject(value) && isText(value['engine']) && isTextOrNothing(value['endpoint']),
  },
  'replay-end': { cursor: isCursor },
  bookmark: { cursor: isCursor, durable: isCursorOrNothing },
  gap: {
    from: isCursor,
    to: isCursor,
    count: (value) => Number.isSafeInteger(value) && (value as number) >= 0,
    reason: oneOf('expired', 'overflow', 'epoch', 'upstream', 'crash', 'damaged'),
  },
  end: {
    reason: oneOf('until', 'complete', 'shutdown', 'error'),
    cursor: isCursor,
    message: isTextOrNothing,
  },
};

/** The first property that is not as the kind of frame has it. */
function check(frame: Readonly<Record<string, unknown>>, kind: string): string | undefined {
  if (!Object.hasOwn(SHAPES, kind)) return 'kind';
  return Object.entries(SHAPES[kind as Frame['kind']]).find(([key, matches]) => !matches(frame[key]))?.[0];
}

function notAFrame(line: string, why: string): RangeError {
  return new RangeError(`not a frame of tidings, ${why}: ${JSON.stringify(line.slice(0, 80))}`);
}
