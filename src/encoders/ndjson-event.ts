/**
 * Encodes an event as a line of JSON, in bytes. A daemon with clients that replay spends most of
 * its time here.
 */
import { writeCursor } from '../collector/cursor.ts';
import type { EngineEvent } from '../event.ts';
import * as instant from '../instant.ts';
import { quote } from './json-text.ts';
import { JsonWriter } from './json-writer.ts';
import { writeEnd } from './line-end.ts';

/** The parts that every line shares. */
const HEAD = Buffer.from('{"kind":"event","cursor":');
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

function writeRest(out: JsonWriter, event: EngineEvent): void {
  writeTime(out, event.timeNano);
  out.append(wordsOf(event.type, event.action));
  writeEnd(out, event);
}

/** Most pairs of type and action whose text is kept. */
const PAIRS = 256;
/** Types and actions are untrusted: longer ones are not kept. */
const LONGEST = 64;

const words = new Map<string, Map<string, Buffer>>();
let pairs = 0;

/** The type and action as part of a line. */
function wordsOf(type: string, action: string): Buffer {
  const known = words.get(type)?.get(action);
  if (known !== undefined) return known;
  const bytes = Buffer.from(`","type":${quote(type)},"action":${quote(action)}`);
  if (type.length + action.length > LONGEST) return bytes;
  if (pairs++ === PAIRS) {
    words.clear();
    pairs = 1;
  }
  const actions = words.get(type) ?? new Map<string, Buffer>();
  words.set(type, actions.set(action, bytes));
  return bytes;
}

/** The day of the last event. */
let day = { start: Number.NaN, time: Buffer.from('') };

const DAY = 86_400;
/** Seconds whose notation has ten digits and a year of four. */
const TEN_DIGITS = { from: 1_000_000_000, to: 9_999_999_999 };
const TIME_NANO = Buffer.from('Z","timeNano":"');

function writeTime(out: JsonWriter, timeNano: bigint): void {
  const second = instant.seconds(timeNano);
  const nanos = instant.nanos(timeNano);
  if (second < TEN_DIGITS.from || second > TEN_DIGITS.to) {
    out.ascii(`,"time":"${instant.format(timeNano, { digits: 9 })}","timeNano":"${timeNano}`);
    return;
  }
  const within = second % DAY;
  if (second - within !== day.start) {
    const date = instant.format(timeNano, { digits: 0 }).slice(0, 'yyyy-mm-dd'.length);
    day = { start: second - within, time: Buffer.from(`,"time":"${date}T`) };
  }
  out.append(day.time);
  out.clock(within);
  out.digits(nanos, 9);
  out.append(TIME_NANO);
  out.digits(second, 10);
  out.digits(nanos, 9);
}
