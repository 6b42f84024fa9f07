/**
 * Podman's shape of an event: the JSON object of `/libpod/events`. Its clients end with a panic on words that they do not
 * know, and on a `containerExitCode` that is no number; the words here are those that podman 4.3 takes.
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

/** Podman's words for what happened to any type, where they are others than ours. */
const WORDS: Readonly<Record<string, string>> = {
  delete: 'remove',
  destroy: 'remove',
  die: 'died',
  exec_die: 'exec_died',
  // Podman has one event for what are two: an exec is made, and started.
  exec_start: 'exec',
  load: 'loadfromarchive',
};

/** An event as podman sees it. */
export interface PodmanEvent {
  readonly type: string;
  /** What happened, in podman's words. */
  readonly status: string;
  readonly id: string;
  readonly image: string;
  readonly name: string;
  /** With `containerExitCode`, which is always a whole number, and without what has a field of its own. */
  readonly attributes: Readonly<Record<string, string>>;
  /** `healthy`, `unhealthy` …: empty unless the status is `health_status`. */
  readonly health: string;
  readonly timeNano: bigint;
}

/** An event in podman's words; undefined when podman has none for it. */
export function podmanEvent(event: IncomingEvent): PodmanEvent | undefined {
  const { type, action, id, name, attributes, timeNano } = event;
  const [word = '', text = ''] = action.split(/:\s*/, 2);
  const status = Object.hasOwn(WORDS, word) ? (WORDS[word] as string) : word;
  if (!TYPES.has(type) || !STATUSES.has(status)) return undefined;
  const { exitCode, containerExitCode = exitCode, podId = '', image = '', ...others } = attributes;
  const { noise: _noise, engineAction: _word, ...rest } = others;
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

/** Volumes have names alone; what happens to a network is told of the container that is connected. */
function idOf(type: string, id: string, container: string | undefined): string {
  if (type === 'volume') return '';
  return type === 'network' ? (container ?? id) : id;
}

/** An event as podman's API has it, in one line, its end not included. */
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
