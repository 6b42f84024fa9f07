/** Translates Docker's event objects. */
import {
  type Attributes,
  type EventSource,
  foreignAttributes,
  type IncomingEvent,
  OwnEvent,
} from '../../event.ts';
import type { Instant } from '../../instant.ts';
import { isInRange } from '../../instant-range.ts';
import { exactInteger } from '../exact-json.ts';
import { withNoise } from '../noise.ts';

/**
 * Translates one object of `/events`. Words and attributes stay as in Docker: an action may carry
 * text (`exec_create: sh -c …`), and labels are among the attributes. Docker before 1.10 (API 1.22)
 * sends no `Actor`: then `status`, `id` and `from` are read.
 *
 * @param now the time of an object that states none
 * @throws Error if the text is not an object, or states no action
 */
export function translate(text: string, source: EventSource, now: () => Instant): IncomingEvent {
  const object = record(JSON.parse(text));
  return withNoise(read(text, object, source, now));
}

/**
 * Reads one object without translating its words; also used for Podman, whose objects have the same
 * shape.
 */
export function read(
  text: string,
  object: Readonly<Record<string, unknown>>,
  source: EventSource,
  now: () => Instant,
): IncomingEvent {
  const actor = record(object['Actor']);
  const action = string(object['Action']) ?? string(object['status']);
  if (action === undefined) throw new Error('it has no action');
  const from = string(object['from']);
  const attributes = actor['Attributes'] ?? (from === undefined ? {} : { image: from });
  const named = foreignAttributes(strings(record(attributes)));
  const scope = string(object['scope']);
  const name = string(named['name']);
  return new OwnEvent({
    timeNano: stated(exactInteger(text, 'timeNano')) ?? seconds(text) ?? now(),
    type: string(object['Type']) ?? typeOf(action),
    action,
    id: string(actor['ID']) ?? string(object['id']) ?? '',
    name,
    attributes: named,
    scope,
    source,
  });
}

/** Actions on images, for events without a type, as before API 1.22. */
const OF_IMAGES = new Set(['build', 'delete', 'import', 'load', 'pull', 'push', 'save', 'tag', 'untag']);

function typeOf(action: string): string {
  if (OF_IMAGES.has(action)) return 'image';
  if (action === 'connect' || action === 'disconnect') return 'network';
  return action === 'mount' || action === 'unmount' ? 'volume' : 'container';
}

/** 0 means that the event states no time. */
function stated(time: Instant | undefined): Instant | undefined {
  return time === 0n ? undefined : time;
}

/** The stated second; undefined for a year that cannot be recorded. */
function seconds(text: string): Instant | undefined {
  const time = stated(exactInteger(text, 'time'));
  const instant = time === undefined ? undefined : time * 1_000_000_000n;
  return instant !== undefined && isInRange(instant) ? instant : undefined;
}

export function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

export function string(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/**
 * The entries with string values; built from entries, so that a label `__proto__` stays a label.
 */
function strings(values: Readonly<Record<string, unknown>>): Attributes {
  const entries = Object.entries(values);
  if (entries.every(([, value]) => typeof value === 'string')) return values as Attributes;
  return Object.fromEntries(
    entries.map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
}
