/**
 * Converts records to events and back: the events that senders take, and the fields of a record.
 */
import { type Attributes, type EventSource, type IncomingEvent, OwnEvent } from '../event.ts';
import type { Instant } from '../instant.ts';
import { type MonitorRecord, NONE } from './record.ts';
import { stateWord } from './states.ts';

/** An event without time and source. */
export type Happening = Pick<IncomingEvent, 'type' | 'action' | 'id' | 'name' | 'attributes'>;

/**
 * Actions whose exit code is stated even if it is 0. For others, including `exec_die`, iSulad's 0
 * means unknown.
 */
const ENDS = new Set(['die']);

/**
 * Converts a STATE record to an event. The record's name is the container's id, or its name if the
 * sender does not know the id. As in iSulad, a container without a name is called by its id.
 */
export function recordEvent(record: MonitorRecord, timeNano: Instant, source: EventSource): IncomingEvent {
  const { subject: type, name: id, value } = record;
  const action = stateWord(type, value);
  const attributes = attributesOf(record, action);
  const name = attributes['name'] ?? id;
  return new OwnEvent({ timeNano, type, action, id, name, attributes, source });
}

/** Attributes of every record that states none. */
const NOTHING: Attributes = Object.freeze({});

/**
 * The attributes of a record, in an object of exactly their size if possible: these objects fill
 * most of the memory, and an object that begins empty has room for four.
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

/** Makes the event of a record with those pairs as annotations. */
export function happeningOf(record: Omit<MonitorRecord, 'extra'>, extra: Attributes): Happening {
  const { subject: type, name: id, value } = record;
  const action = stateWord(type, value);
  const attributes = { ...extra };
  addValues(attributes, record, action);
  return { type, action, id, name: attributes['name'] ?? id, attributes };
}

/** Adds the record's values other than annotations. */
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

/** The exit code, if stated. iSulad sends 0 for events without one; -1 stands for an absent one. */
function exitCodeOf({ exitCode }: Pick<MonitorRecord, 'exitCode'>, action: string): string | undefined {
  return exitCode !== NONE && (exitCode !== 0 || ENDS.has(action)) ? String(exitCode) : undefined;
}

/** The pid, if stated. Images have no process, and their records state 0. */
function pidOf({ pid, subject }: Pick<MonitorRecord, 'pid' | 'subject'>): string | undefined {
  return pid !== NONE && subject === 'container' ? String(pid) : undefined;
}

/**
 * Parses `signal=9` or `image=busybox,name=web`. A part without `=` continues the value before it.
 */
function parsePairs(text: string): Record<string, string> {
  const pairs: Record<string, string> = {};
  let key: string | undefined;
  let value = '';
  // Without `split`, as this runs for most records.
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
    // A text that ends with a comma has an empty last part.
    if (start === text.length && comma !== -1) value += ',';
  }
  if (key !== undefined) put(pairs, key, value);
  return pairs;
}

/** Any text can be a key; `__proto__` would set the prototype. */
function put(pairs: Record<string, string>, key: string, value: string): void {
  if (key !== '__proto__') pairs[key] = value;
  else Object.defineProperty(pairs, key, { value, enumerable: true, configurable: true, writable: true });
}

/** Writes pairs in the syntax of {@link parsePairs}; `undefined` if they cannot be written. */
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
