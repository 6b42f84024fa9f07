/** Docker's formats of an event: the JSON object of its API, and the line of `docker events`. */
import type { IncomingEvent } from '../event.ts';
import * as instant from '../instant.ts';
import { quote } from './json-text.ts';
import { attributesOf, type Zone } from './text.ts';

/** Characters that Go's `encoding/json` escapes in addition to JSON's own escapes. */
const HTML = /[<>&]/g;

/** Actions that Docker writes with their text: `exec_start: sh -c …`. */
const WITH_TEXT = new Set(['exec_create', 'exec_start', 'health_status']);

export interface DockerOptions {
  /** Includes `status`, `id` and `from`, as before API 1.52. Default true. */
  readonly legacy?: boolean | undefined;
}

/**
 * An event in the format of Docker's API, on one line, without the line end: fields in Docker's
 * order, attributes sorted, `timeNano` as a number with all its digits. Fields of other engines
 * that Docker lacks become attributes.
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

/**
 * An event in the format of `docker events`: `2023-11-14T22:13:20.123456789Z container die ID
 * (exitCode=0, …)`.
 */
export function dockerText(event: IncomingEvent, zone: Zone = 'local'): string {
  const time = instant.format(event.timeNano, { zone }).replace(/[+]00:00$/, 'Z');
  const attributes = dockerEntries(event, (key, value) => `${key}=${value}`);
  const tail = attributes.length > 0 ? ` (${attributes.join(', ')})` : '';
  return `${time} ${event.type} ${dockerAction(event)} ${event.id}${tail}`;
}

/**
 * The old fields: containers have all three, images have no `from`, other types have none. Empty
 * ones are left out.
 */
function legacyFields({ type, id, attributes }: IncomingEvent, quotedId: string, status: string): string {
  if (type !== 'container' && type !== 'image') return '';
  const image = type === 'container' ? (attributes['image'] ?? '') : '';
  const from = image === '' ? '' : `"from":${goQuote(image)},`;
  return `"status":${status},${id === '' ? '' : `"id":${quotedId},`}${from}`;
}

/** The action in Docker's words: `exec_create: sh -c …`. */
export function dockerAction({ action, attributes }: IncomingEvent): string {
  const args = WITH_TEXT.has(action) ? attributes['args'] : undefined;
  return args === undefined ? action : `${action}: ${args}`;
}

/** The attributes of Docker's `Actor`, sorted by key. */
export function dockerAttributes(event: IncomingEvent): Record<string, string> {
  return Object.fromEntries(dockerEntries(event, (key, value) => [key, value] as const));
}

/** Docker's attributes: they include the name, and exclude the text of the action. */
function dockerEntries<T>(event: IncomingEvent, of: (key: string, value: string) => T): T[] {
  const withText = WITH_TEXT.has(event.action);
  return attributesOf(event, (key, value) => (withText && key === 'args' ? undefined : of(key, value)));
}

/** Quotes a string as Go's `encoding/json` does. */
export function goQuote(text: string): string {
  const quoted = quote(text);
  return quoted.replace(HTML, (char) => `\\u00${char.charCodeAt(0).toString(16)}`);
}
