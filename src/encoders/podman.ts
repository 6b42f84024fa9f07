/**
 * Podman's format of an event: the JSON object of `/libpod/events`. Its clients panic on unknown
 * words, and on a `containerExitCode` that is not a number; the words here are those of podman 4.3.
 */
import type { IncomingEvent } from '../event.ts';
import * as instant from '../instant.ts';
import { goQuote } from './docker.ts';

const TYPES = new Set(['container', 'image', 'machine', 'network', 'pod', 'system', 'volume']);

const STATUSES = new Set(
  (
    'attach auto-update build checkpoint cleanup commit connect create disconnect exec exec_died died export ' +
    'health_status history import init kill loadfromarchive mount pause prune pull push refresh remove rename ' +
    'renumber restart restore save start stop sync tag unmount unpause untag'
  ).split(' '),
);

/** Podman's actions for any type that differ from ours. */
const WORDS: Readonly<Record<string, string>> = {
  delete: 'remove',
  destroy: 'remove',
  die: 'died',
  exec_die: 'exec_died',
  // Podman has one event for the creation and the start of an exec.
  exec_start: 'exec',
  load: 'loadfromarchive',
};

/** An event in podman's words. */
export interface PodmanEvent {
  readonly type: string;
  /** The action, in podman's words. */
  readonly status: string;
  readonly id: string;
  readonly image: string;
  readonly name: string;
  /**
   * The attributes, with `containerExitCode`, which is always a whole number, and without those
   * that have their own field.
   */
  readonly attributes: Readonly<Record<string, string>>;
  /** `healthy`, `unhealthy` …: empty unless the status is `health_status`. */
  readonly health: string;
  readonly timeNano: bigint;
}

/** Converts an event to podman's words; undefined if podman has no word for it. */
export function podmanEvent(event: IncomingEvent): PodmanEvent | undefined {
  const { type, action, id, name, attributes, timeNano } = event;
  const [word = '', text = ''] = action.split(/:\s*/, 2);
  const status = Object.hasOwn(WORDS, word) ? (WORDS[word] as string) : word;
  if (!TYPES.has(type) || !STATUSES.has(status)) return undefined;
  const { exitCode, containerExitCode = exitCode, podId = '', image = '', ...others } = attributes;
  const { noise: _noise, engineAction: _word, hostPosition: _position, ...rest } = others;
  const called = name ?? attributes['name'] ?? (type === 'volume' ? id : '');
  const own = {
    containerExitCode: /^-?\d{1,18}$/.test(containerExitCode ?? '') ? (containerExitCode as string) : '0',
    image,
    name: called,
    podId,
  };
  return {
    type,
    status,
    id: idOf(type, id, attributes['container']),
    image,
    name: called,
    attributes: { ...rest, ...own },
    health: status === 'health_status' ? text || (attributes['args'] ?? '') : '',
    timeNano,
  };
}

/** Volumes only have names; an event of a network names the connected container. */
function idOf(type: string, id: string, container: string | undefined): string {
  if (type === 'volume') return '';
  return type === 'network' ? (container ?? id) : id;
}

/** Encodes an event in the format of podman's API, on one line, without the line end. */
export function podmanJson(event: PodmanEvent): string {
  const { type, status, id, image, attributes, health, timeNano } = event;
  const entries = Object.keys(attributes)
    .sort()
    .map((key) => `${goQuote(key)}:${goQuote(attributes[key] as string)}`);
  return (
    `{"status":${goQuote(status)},${optional('id', id)}${optional('from', image)}` +
    `"Type":${goQuote(type)},"Action":${goQuote(status)},` +
    `"Actor":{"ID":${goQuote(id)},"Attributes":{${entries.join(',')}}},` +
    `"scope":"local","time":${instant.seconds(timeNano)},"timeNano":${timeNano}` +
    `${health === '' ? '' : `,"HealthStatus":${goQuote(health)}`}}`
  );
}

function optional(key: string, value: string): string {
  return value === '' ? '' : `"${key}":${goQuote(value)},`;
}
