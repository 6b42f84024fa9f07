/**
 * An event as a line of JSON in the FIFO: for values that do not fit a record, and for senders that
 * write text.
 */
import {
  type Attributes,
  type EventSource,
  foreignAttributes,
  type IncomingEvent,
  OwnEvent,
} from '../event.ts';
import * as instant from '../instant.ts';
import type { Happening } from './record-event.ts';

/**
 * Parses a line such as
 * `{"type":"container","action":"start","id":"3277…","name":"web","attributes":{"image":"busybox"}}`.
 * `action` is required; `type` defaults to `container`; if only one of `id` and `name` is given, it
 * counts for both. `time` (as in `instant.parse`) or `timeNano` (nanoseconds, preferably as a
 * string) state the time, `source` (`{"engine":"mine"}`) the sender. Attributes may also be numbers
 * and booleans. Other properties are ignored.
 *
 * @param now the time of a line that states none
 * @param source the source of a line that states none
 * @throws RangeError if the line is invalid, with the reason
 */
export function parseLine(text: string, now: instant.Instant, source: EventSource): IncomingEvent {
  const line = objectOf(readJson(text), 'it');
  const action = textOf(line, 'action');
  if (!action) throw new RangeError('it has no action');
  const name = textOf(line, 'name');
  return new OwnEvent({
    timeNano: timeOf(line, now),
    type: textOf(line, 'type') || 'container',
    action,
    id: textOf(line, 'id') ?? name ?? '',
    name: name ?? (textOf(line, 'id') || undefined),
    attributes:
      line['attributes'] === undefined
        ? {}
        : foreignAttributes(attributesOf(objectOf(line['attributes'], 'its attributes'))),
    source: line['source'] === undefined ? source : sourceOf(objectOf(line['source'], 'its source'), source),
  });
}

/** Writes a line for {@link parseLine}, including its line feed. */
export function formatLine({ type, action, id, name, attributes }: Happening): string {
  return `${JSON.stringify({ type, action, id, name, attributes })}\n`;
}

type Fields = Readonly<Record<string, unknown>>;

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new RangeError('it is not JSON', { cause });
  }
}

function objectOf(value: unknown, what: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw new RangeError(`${what} must be an object`);
}

function textOf(fields: Fields, key: string): string | undefined {
  const value = fields[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value;
  throw new RangeError(`its ${key} must be a text`);
}

function attributesOf(fields: Fields): Attributes {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => {
      if (typeof value === 'string') return [key, value];
      if (typeof value === 'number' || typeof value === 'boolean') return [key, String(value)];
      throw new RangeError(`its attribute ${JSON.stringify(key.slice(0, 80))} must be a text`);
    }),
  );
}

function sourceOf(fields: Fields, { endpoint = '' }: EventSource): EventSource {
  const engine = textOf(fields, 'engine') ?? '';
  if (!/^[a-z0-9][a-z0-9._-]{0,63}$/.test(engine)) {
    throw new RangeError(
      'the engine of its source must be a name of up to 64 of a-z, 0-9, dot, dash and underscore',
    );
  }
  return { engine, endpoint: textOf(fields, 'endpoint') ?? endpoint };
}

function timeOf(fields: Fields, now: instant.Instant): instant.Instant {
  const nanos = fields['timeNano'];
  const time = textOf(fields, 'time');
  if (nanos === undefined && time === undefined) return now;
  const exact = typeof nanos === 'string' ? /^-?\d{1,19}$/.test(nanos) : Number.isSafeInteger(nanos);
  if (nanos !== undefined && !exact) {
    throw new RangeError(
      'its timeNano must be whole nanoseconds since 1970, as a string such as "1652174434661862100"',
    );
  }
  const value = nanos === undefined ? instant.parse(time ?? '', { now }) : BigInt(nanos as string | number);
  if (BigInt.asIntN(64, value) !== value) throw new RangeError('its time is beyond the years 1677 to 2262');
  return value;
}
