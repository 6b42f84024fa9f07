/** Copies and checks events of other code: their objects are read once and never written to. */
import { type Attributes, type EventSource, type IncomingEvent, OwnEvent } from './event.ts';
import { isInRange } from './instant-range.ts';

/**
 * Copies an object as an event, one line for each field. Strings stay strings, an instant is a
 * bigint, and numbers and booleans among the attributes become strings. Other properties are
 * ignored.
 *
 * @throws RangeError if it is not an event: the invalid part, and a valid form
 */
export function copyEvent(value: unknown): OwnEvent {
  if (typeof value !== 'object' || value === null) throw wrong('an event', value, 'an object');
  const fields = value as Partial<IncomingEvent>;
  return new OwnEvent({
    timeNano: instant(fields.timeNano),
    type: string('type', fields.type),
    action: string('action', fields.action),
    id: fields.id === undefined ? '' : string('id', fields.id),
    name: optional('name', fields.name),
    attributes: attributes(fields.attributes),
    scope: optional('scope', fields.scope),
    source: source(fields.source),
  });
}
function instant(value: unknown): bigint {
  if (typeof value === 'bigint' && isInRange(value)) return value;
  throw wrong('timeNano', value, 'a bigint, nanoseconds since 1970 in 64 bits');
}

function string(field: string, value: unknown): string {
  if (typeof value === 'string') return value;
  throw wrong(field, value, 'a string');
}

function text(field: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value;
  throw wrong(field, value, 'a string that is not empty');
}

function optional(field: string, value: unknown): string | undefined {
  return value === undefined || value === null ? undefined : string(field, value);
}

function attributes(value: unknown): Attributes {
  if (value === undefined) return {};
  if (typeof value !== 'object' || value === null) throw wrong('attributes', value, 'an object of strings');
  const copy: Record<string, unknown> = { ...value };
  for (const key in copy) {
    const found = copy[key];
    if (typeof found === 'string') continue;
    if (found === undefined) delete copy[key];
    else copy[key] = spelled(key, found);
  }
  return copy as Attributes;
}

function spelled(key: string, value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint')
    return String(value);
  throw wrong(`attribute ${JSON.stringify(key.slice(0, 80))}`, value, 'a string, a number or a boolean');
}

/** The last copied source, and its copy: all events of an engine share one source. */
let last: { readonly seen: EventSource; readonly copy: EventSource } | undefined;

function source(value: unknown): EventSource {
  if (typeof value !== 'object' || value === null) throw wrong('source', value, 'an object with an engine');
  const { engine, endpoint, id, host } = value as EventSource;
  const seen = last?.copy;
  const isSame = engine === seen?.engine && endpoint === seen?.endpoint && id === seen?.id;
  if (value === last?.seen && isSame && seen !== undefined && host === seen.host) return seen;
  const copy: EventSource = {
    engine: text('engine of its source', engine),
    ...(endpoint === undefined ? {} : { endpoint: string('endpoint of its source', endpoint) }),
    ...(id === undefined ? {} : { id: string('id of its source', id) }),
    ...(host === undefined ? {} : { host: string('host of its source', host) }),
  };
  last = { seen: value as EventSource, copy };
  return copy;
}

function wrong(what: string, value: unknown, right: string): RangeError {
  const given = typeof value === 'string' ? JSON.stringify(value.slice(0, 80)) : kindOf(value);
  return new RangeError(`${what} is ${given}, and must be ${right}`);
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined || typeof value === 'number') return String(value);
  return Array.isArray(value) ? 'an array' : `of type ${typeof value}`;
}
