/**
 * Encodes an event as a line of JSON, in bytes. A daemon with clients that replay spends most of
 * its time here.
 */
import { writeCursor } from '../collector/cursor.ts';
import type { EngineEvent, EventSource } from '../event.ts';
import * as instant from '../instant.ts';
import { quote } from './json-text.ts';
import { JsonWriter } from './json-writer.ts';

/** The parts that every line shares. */
const HEAD = Buffer.from('{"kind":"event","cursor":');
/** From the end of the time on. */
const TYPE = Buffer.from('","type":');
const ACTION = Buffer.from(',"action":');
const ID = Buffer.from(',"id":');
const NAME = Buffer.from(',"name":');
const ATTRIBUTES = Buffer.from(',"attributes":{');
const SCOPE = Buffer.from(',"scope":');
const CLOSE = 0x7d;
const COMMA = 0x2c;
const COLON = 0x3a;
const QUOTE = 0x22;

const scratch = new JsonWriter(1024);

/**
 * An event as one line of JSON, without the line end. Flat, so that `jq .action` works; `timeNano`
 * is a string, because numbers in JSON are exact only to 2^53.
 */
export function encodeEvent(event: EngineEvent, cursor: string): string {
  const line = scratch;
  line.length = 0;
  line.append(HEAD);
  line.quoted(cursor);
  writeRest(line, event);
  return line.bytes.toString('utf8', 0, line.length);
}

/** Writes the line of {@link encodeEvent} for an event of the stream of that epoch. */
export function writeEvent(out: JsonWriter, event: EngineEvent, epoch: string): void {
  out.append(HEAD);
  out.byte(QUOTE);
  writeCursor(out, epoch, event.seq);
  out.byte(QUOTE);
  writeRest(out, event);
}

function writeRest(
  out: JsonWriter,
  { timeNano, type, action, id, name, attributes, scope, source }: EngineEvent,
): void {
  writeTime(out, timeNano);
  out.append(TYPE);
  out.quoted(type);
  out.append(ACTION);
  out.quoted(action);
  out.append(ID);
  out.quoted(id);
  if (name !== undefined) {
    out.append(NAME);
    out.quoted(name);
  }
  out.append(ATTRIBUTES);
  let between = false;
  for (const key of Object.keys(attributes)) {
    if (between) out.byte(COMMA);
    between = true;
    out.quoted(key);
    out.byte(COLON);
    out.quoted(attributes[key] as string);
  }
  out.byte(CLOSE);
  if (scope !== undefined) {
    out.append(SCOPE);
    out.quoted(scope);
  }
  out.append(tailOf(source));
}

/** The shared part of events of one second: both notations of the time without its nanoseconds. */
let moment = { second: Number.NaN, time: Buffer.from(''), timeNano: Buffer.from('') };

function writeTime(out: JsonWriter, timeNano: bigint): void {
  const second = instant.seconds(timeNano);
  const nanos = instant.nanos(timeNano);
  if (second !== moment.second) {
    const time = Buffer.from(`,"time":"${instant.format(timeNano, { digits: 0 }).slice(0, -1)}.`);
    moment = { second, time, timeNano: Buffer.from(`Z","timeNano":"${second}`) };
  }
  out.append(moment.time);
  out.digits(nanos, 9);
  if (second > 0) {
    out.append(moment.timeNano);
    out.digits(nanos, 9);
  } else {
    out.ascii(`Z","timeNano":"${timeNano}`);
  }
}

/** The end of a line for each source: events of an engine share it, so it is encoded once. */
const tails = new WeakMap<EventSource, Buffer>();

function tailOf(source: EventSource): Buffer {
  let tail = tails.get(source);
  if (tail === undefined) {
    const endpoint = source.endpoint === undefined ? '' : `,"endpoint":${quote(source.endpoint)}`;
    const id = source.id === undefined ? '' : `,"id":${quote(source.id)}`;
    tail = Buffer.from(`,"source":{"engine":${quote(source.engine)}${endpoint}${id}}}`);
    tails.set(source, tail);
  }
  return tail;
}
