/** From what a record says to an event, and back: what the senders take, and what a record has room for. */
import { type Attributes, type EventSource, type IncomingEvent, OwnEvent } from '../event.ts';
import type { Instant } from '../instant.ts';
import { type MonitorRecord, NONE } from './record.ts';
import { stateWord } from './states.ts';

/** An event without when and where from. */
export type Happening = Pick<IncomingEvent, 'type' | 'action' | 'id' | 'name' | 'attributes'>;

/** Actions whose exit code is stated even when it is 0: on others, `exec_die` included, iSulad's 0 means unknown. */
const ENDS = new Set(['die']);

/**
 * The event that a STATE record tells of. The record's name is the container's id, or its name where the sender does
 * not know that; a container that was given no name is called by its id, as iSulad does it.
 */
export function recordEvent(record: MonitorRecord, timeNano: Instant, source: EventSource): IncomingEvent {
  const { subject: type, name: id, value } = record;
  const action = stateWord(type, value);
  const attributes = attributesOf(record, action);
  const name = attributes['name'] ?? id;
  return new OwnEvent({ timeNano, type, action, id, name, attributes, source });
}

/** Of every record that states none. */
const NOTHING: Attributes = Object.freeze({});

/**
 * What a record states, in an object that has room for just that where it can be: most of what is held in memory are these,
 * and one that begins empty has room for four.
 */
function attributesOf(record: MonitorRecord, action: string): Attributes {
  const { extra, args } = record;
  if (extra === '' && args === '') {
    const exitCode = exitCodeOf(record, action);
    const pid = pidOf(record);
    if (exitCode === undefined) return pid === undefined ? NOTHING : { pid };
    return pid === undefined ? { exitCode } : { exitCode, pid };
  }
  const attributes = parsePairs(extra);
  addValues(attributes, record, action);
  return attributes;
}

/** The event of a record that had room for those pairs as annotations. */
export function happeningOf(record: Omit<MonitorRecord, 'extra'>, extra: Attributes): Happening {
  const { subject: type, name: id, value } = record;
  const action = stateWord(type, value);
  const attributes = { ...extra };
  addValues(attributes, record, action);
  return { type, action, id, name: attributes['name'] ?? id, attributes };
}

/** Adds what a record states besides annotations. */
function addValues(
  attributes: Record<string, string>,
  record: Omit<MonitorRecord, 'extra'>,
  action: string,
): void {
  const exitCode = exitCodeOf(record, action);
  const pid = pidOf(record);
  if (exitCode !== undefined) attributes['exitCode'] = exitCode;
  if (pid !== undefined) attributes['pid'] = pid;
  if (record.args !== '') attributes['args'] = record.args;
}

/** iSulad sends 0 as the exit code of what has none, and -1 stands for one that is not given. */
function exitCodeOf({ exitCode }: Pick<MonitorRecord, 'exitCode'>, action: string): string | undefined {
  return exitCode !== NONE && (exitCode !== 0 || ENDS.has(action)) ? String(exitCode) : undefined;
}

/** Images have no process, and their records a 0 for it. */
function pidOf({ pid, subject }: Pick<MonitorRecord, 'pid' | 'subject'>): string | undefined {
  return pid !== NONE && subject === 'container' ? String(pid) : undefined;
}

/** Reads `signal=9` or `image=busybox,name=web`. What has no `=` goes on with the value before it. */
function parsePairs(text: string): Record<string, string> {
  const pairs: Record<string, string> = {};
  let key: string | undefined;
  let value = '';
  // Without `split`: this is done for most records.
  for (let start = 0; start < text.length;) {
    const comma = text.indexOf(',', start);
    const end = comma === -1 ? text.length : comma;
    const equals = text.indexOf('=', start);
    if (equals > start && equals < end) {
      if (key !== undefined) put(pairs, key, value);
      key = text.slice(start, equals).trim();
      value = text.slice(equals + 1, end);
    } else if (key === undefined) key = text.slice(start, end);
    else value += `,${text.slice(start, end)}`;
    start = end + 1;
    // What ends in a comma has an empty part behind it.
    if (start === text.length && comma !== -1) value += ',';
  }
  if (key !== undefined) put(pairs, key, value);
  return pairs;
}

/** Any text can be a key: this one would set the prototype. */
function put(pairs: Record<string, string>, key: string, value: string): void {
  if (key !== '__proto__') pairs[key] = value;
  else Object.defineProperty(pairs, key, { value, enumerable: true, configurable: true, writable: true });
}

/** Writes pairs so that {@link parsePairs} reads the same; `undefined` where that cannot be. */
export function formatPairs(pairs: Attributes): string | undefined {
  const text = Object.entries(pairs)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
  const read = Object.entries(parsePairs(text));
  const same = Object.entries(pairs).every(
    ([key, value], i) => read[i]?.[0] === key && read[i]?.[1] === value,
  );
  return same && read.length === Object.keys(pairs).length ? text : undefined;
}
