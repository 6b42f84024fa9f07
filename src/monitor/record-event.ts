/**
 * Converts records to events and back: the events that senders take, and the fields of a record.
 */
import {
  type Attributes,
  type EventSource,
  foreignAttributes,
  type IncomingEvent,
  OwnEvent,
} from '../event.ts';
import type { Instant } from '../instant.ts';
import { type MonitorRecord, NONE } from './record.ts';
import { stateWord } from './state-codes.ts';

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

/** The exit code of an end that states none, as in iSulad. */
const NOT_STATED = 125;

/** Attributes of every record that states none. */
const NOTHING: Attributes = Object.freeze({});

/** Most annotations that are remembered. */
const KNOWN = 256;

/** Annotations by their text: most records with annotations repeat one, such as `signal=9`. */
const known = new Map<string, Attributes>();

function annotationsOf(extra: string): Attributes {
  let annotations = known.get(extra);
  if (annotations !== undefined) return annotations;
  annotations = Object.freeze(foreignAttributes(parsePairs(extra)));
  if (known.size >= KNOWN) known.clear();
  known.set(extra, annotations);
  return annotations;
}

/**
 * The attributes of a record, in an object of exactly their size if possible: these objects fill
 * most of the memory, and an object that begins empty has room for four.
 */
function attributesOf(record: MonitorRecord, action: string): Attributes {
  const { extra, args } = record;
  const exitCode = exitCodeOf(record, action);
  const pid = pidOf(record);
  if (args !== '') return withValues(annotationsOf(extra), record, action);
  if (exitCode === undefined && pid === undefined) return extra === '' ? NOTHING : annotationsOf(extra);
  if (extra !== '') return withValues(annotationsOf(extra), record, action);
  if (exitCode === undefined) return { pid: pid as string };
  return pid === undefined ? { exitCode } : { exitCode, pid };
}

/** Makes the event of a record with those pairs as annotations. */
export function happeningOf(record: Omit<MonitorRecord, 'extra'>, extra: Attributes): Happening {
  const { subject: type, name: id, value } = record;
  const action = stateWord(type, value);
  const attributes = withValues(extra, record, action);
  return { type, action, id, name: attributes['name'] ?? id, attributes };
}

/**
 * Adds the record's values other than annotations. An annotation of the same name wins, as in
 * iSulad: its collector appends the annotations last, and sends a map.
 */
function withValues(
  annotations: Attributes,
  record: Omit<MonitorRecord, 'extra'>,
  action: string,
): Record<string, string> {
  const exitCode = exitCodeOf(record, action);
  const pid = pidOf(record);
  const { args } = record;
  return {
    ...(exitCode === undefined ? undefined : { exitCode }),
    ...(pid === undefined ? undefined : { pid }),
    ...annotations,
    ...(args === '' ? undefined : { args }),
  };
}

/**
 * The exit code. iSulad sends 0 for events without one, and reads an end without one as 125
 * (`collector.c`).
 */
function exitCodeOf({ exitCode }: Pick<MonitorRecord, 'exitCode'>, action: string): string | undefined {
  if (ENDS.has(action)) return String(exitCode < 0 ? NOT_STATED : exitCode);
  return exitCode !== NONE && exitCode !== 0 ? String(exitCode) : undefined;
}

/** The pid, if stated. Images have no process, and their records state 0. */
function pidOf({ pid, subject }: Pick<MonitorRecord, 'pid' | 'subject'>): string | undefined {
  return pid !== NONE && subject === 'container' ? String(pid) : undefined;
}

/** A list of pairs: it describes a container. */
const DESCRIPTION = /(?:^|,)(?:name|image)=/;

/**
 * Parses `signal=9`. As in iSulad, a text is one annotation: a key up to the first `=`, then a value
 * with all its commas (`event_to_grpc`). A text without any `=` is the annotation `extra`.
 *
 * A text with a name or an image is a list of pairs: `image=busybox,name=web,team=a`. A part without
 * `=` continues the value, or the key, before it.
 */
function parsePairs(text: string): Record<string, string> {
  const first = text.indexOf('=');
  if (first === -1) return text === '' ? {} : { extra: text };
  if (!text.includes(',') || !DESCRIPTION.test(text)) {
    const pair: Record<string, string> = {};
    put(pair, text.slice(0, first).trim(), text.slice(first + 1));
    return pair;
  }
  const pairs: Record<string, string> = {};
  let key = text.slice(0, first).trim();
  let from = first + 1;
  // Without `split`, as this runs for most records.
  for (let comma = text.indexOf(',', from); comma !== -1; comma = text.indexOf(',', comma + 1)) {
    const equals = text.indexOf('=', comma + 1);
    const next = text.indexOf(',', comma + 1);
    if (equals <= comma + 1 || (next !== -1 && equals > next)) continue;
    put(pairs, key, text.slice(from, comma));
    key = text.slice(comma + 1, equals).trim();
    from = equals + 1;
  }
  put(pairs, key, text.slice(from));
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
