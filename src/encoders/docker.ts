/** Docker's shapes of an event: the JSON object of its API, and the line of `docker events`. */
import type { IncomingEvent } from '../event.ts';
import * as instant from '../instant.ts';
import { quote } from './json-text.ts';
import { attributesOf, type Zone } from './text.ts';

/** What Go's `encoding/json` escapes besides what JSON must. */
const HTML = /[<>&]/g;

/** Actions that Docker writes with what they go with: `exec_start: sh -c …`. */
const WITH_TEXT = new Set(['exec_create', 'exec_start', 'health_status']);

export interface DockerOptions {
  /** Whether `status`, `id` and `from` are included, as they are before API 1.52. Default true. */
  readonly legacy?: boolean | undefined;
}

/**
 * An event as Docker's API has it, in one line, its end not included: fields in Docker's order, attributes sorted,
 * `timeNano` a number with all its digits. Of other engines' events, what Docker has no field for is an attribute.
 */
export function dockerJson(event: IncomingEvent, { legacy = true }: DockerOptions = {}): string {
  const { timeNano, type } = event;
  const id = goQuote(event.id);
  const action = goQuote(dockerAction(event));
  const attributes = dockerEntries(event, (key, value) => `${goQuote(key)}:${goQuote(value)}`);
  return (
    `{${legacy ? legacyFields(event, id, action) : ''}"Type":${goQuote(type)},"Action":${action},` +
    `"Actor":{"ID":${id},"Attributes":{${attributes.join(',')}}},` +
    `"scope":${goQuote(event.scope ?? 'local')},"time":${instant.seconds(timeNano)},"timeNano":${timeNano}}`
  );
}

/** An event as `docker events` prints it: `2023-11-14T22:13:20.123456789Z container die ID (exitCode=0, …)`. */
export function dockerText(event: IncomingEvent, zone: Zone = 'local'): string {
  const time = instant.format(event.timeNano, { zone }).replace(/[+]00:00$/, 'Z');
  const attributes = dockerEntries(event, (key, value) => `${key}=${value}`);
  const tail = attributes.length > 0 ? ` (${attributes.join(', ')})` : '';
  return `${time} ${event.type} ${dockerAction(event)} ${event.id}${tail}`;
}

/** Containers have all three, images no `from`, other types none; an empty one is left out. */
function legacyFields({ type, id, attributes }: IncomingEvent, quotedId: string, status: string): string {
  if (type !== 'container' && type !== 'image') return '';
  const image = type === 'container' ? (attributes['image'] ?? '') : '';
  const from = image === '' ? '' : `"from":${goQuote(image)},`;
  return `"status":${status},${id === '' ? '' : `"id":${quotedId},`}${from}`;
}

/** What happened, as Docker says it: `exec_create: sh -c …`. */
export function dockerAction({ action, attributes }: IncomingEvent): string {
  const args = WITH_TEXT.has(action) ? attributes['args'] : undefined;
  return args === undefined ? action : `${action}: ${args}`;
}

/** The attributes of Docker's `Actor`, sorted by key. */
export function dockerAttributes(event: IncomingEvent): Record<string, string> {
  return Object.fromEntries(dockerEntries(event, (key, value) => [key, value] as const));
}

/** Docker has the name among them, and what belongs to the action not. */
function dockerEntries<T>(event: IncomingEvent, of: (key: string, value: string) => T): T[] {
  const withText = WITH_TEXT.has(event.action);
  return attributesOf(event, (key, value) => (withText && key === 'args' ? undefined : of(key, value)));
}

/** A string as Go's `encoding/json` writes it. */
export function goQuote(text: string): string {
  const quoted = quote(text);
  return quoted.replace(HTML, (char) => `\\u00${char.charCodeAt(0).toString(16)}`);
}
