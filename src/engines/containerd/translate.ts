/** Translates containerd's envelopes. */
import { type EventSource, type IncomingEvent, OwnEvent } from '../../event.ts';
import type { Instant } from '../../instant.ts';
import { instantOf } from '../grpc/timestamp.ts';
import type { Codec } from '../grpc/message-schema.ts';
import { withNoise } from '../noise.ts';
import type { Received } from '../engine.ts';
import { received } from '../received.ts';
import { type Envelope, eventMessage, type Said } from './api.ts';
import { attributesOf, type ContainerDescription, fullId, nameOf } from './container-names.ts';

type Word = readonly [type: string, action: string, message: Codec<Said>];

const named = eventMessage('Named');
const taskStart = eventMessage('TaskStart');
const taskExec = eventMessage('TaskExec');

/** Topics, and the common words for them. Other topics keep their own word. */
const WORDS: ReadonlyMap<string, Word> = new Map([
  ['/containers/create', ['container', 'create', eventMessage('ContainerCreate')]],
  ['/containers/update', ['container', 'update', eventMessage('ContainerUpdate')]],
  ['/containers/delete', ['container', 'destroy', taskStart]],
  ['/tasks/create', ['container', 'init', eventMessage('TaskCreate')]],
  ['/tasks/start', ['container', 'start', taskStart]],
  ['/tasks/exit', ['container', 'die', eventMessage('TaskExit')]],
  ['/tasks/delete', ['container', 'cleanup', eventMessage('TaskDelete')]],
  ['/tasks/oom', ['container', 'oom', taskStart]],
  ['/tasks/paused', ['container', 'pause', taskStart]],
  ['/tasks/resumed', ['container', 'unpause', taskStart]],
  ['/tasks/checkpointed', ['container', 'checkpoint', taskStart]],
  ['/tasks/exec-added', ['container', 'exec_create', taskExec]],
  ['/tasks/exec-started', ['container', 'exec_start', taskExec]],
  ['/images/create', ['image', 'create', named]],
  ['/images/update', ['image', 'update', named]],
  ['/images/delete', ['image', 'delete', named]],
  ['/snapshot/prepare', ['snapshot', 'prepare', named]],
  ['/snapshot/commit', ['snapshot', 'commit', named]],
  ['/snapshot/remove', ['snapshot', 'remove', named]],
  ['/content/create', ['content', 'create', named]],
  ['/content/delete', ['content', 'delete', named]],
  ['/namespaces/create', ['namespace', 'create', named]],
  ['/namespaces/update', ['namespace', 'update', named]],
  ['/namespaces/delete', ['namespace', 'destroy', named]],
  ['/sandboxes/create', ['sandbox', 'create', named]],
  ['/sandboxes/start', ['sandbox', 'start', named]],
  ['/sandboxes/exit', ['sandbox', 'die', eventMessage('SandboxExit')]],
]);

/** A decoded envelope. */
export interface Message {
  readonly envelope: Envelope;
  readonly type: string;
  readonly action: string;
  /** The object's own id, without its namespace. */
  readonly id: string;
  readonly said: Said;
}

/** @throws Error if the event does not have the format of its topic */
export function readMessage(envelope: Envelope): Message {
  const { topic } = envelope;
  const word = WORDS.get(topic);
  if (word === undefined) {
    const [, type = '', ...rest] = topic.split('/');
    return { envelope, type: type || 'daemon', action: rest.join('/') || 'unknown', id: '', said: {} };
  }
  const [type, action, message] = word;
  const said = message.decode(envelope.event?.value ?? new Uint8Array());
  return { envelope, type, action: ofExec(action, said), id: said.id ?? said.name ?? '', said };
}

/**
 * The exit of a container's first process states the container's id twice; that of a command states
 * the command's id.
 */
function ofExec(action: string, { id, process = '' }: Said): string {
  if (process === '' || process === id) return action;
  return action === 'die' ? 'exec_die' : action === 'cleanup' ? 'exec_cleanup' : action;
}

/**
 * The time of a message. The end of a run has the time of its process' end, unless that is before
 * its start: an end during containerd's downtime is published when it is back.
 *
 * @param startedAt the time of the run's start, if known
 * @param now the time of a message that states none
 */
export function timeOf(
  { action, envelope, said }: Message,
  startedAt: Instant | undefined,
  now: () => Instant,
): Instant {
  const published = instantOf(envelope.timestamp);
  // A command's end can be stated earlier than its start: use the time of publishing.
  const ended = action === 'die' ? instantOf(said.exitedAt) : undefined;
  const isAfterStart = ended !== undefined && (startedAt === undefined || ended >= startedAt);
  return (isAfterStart ? ended : published) ?? now();
}

/** @param known the container's description, if available */
export function translate(
  message: Message,
  known: ContainerDescription | undefined,
  timeNano: Instant,
  source: EventSource,
): Received {
  const { envelope, type, action, id, said } = message;
  const { namespace, topic } = envelope;
  const { process = '', pid = 0, exitStatus = 0, snapshotter = '' } = said;
  const ofContainer = type === 'container';
  const name = ofContainer ? nameOf(id, known?.labels ?? {}) : id;
  const isExit = action === 'die' || action === 'exec_die';
  const event: IncomingEvent = {
    timeNano,
    type,
    action,
    id: ofContainer ? fullId(namespace, id) : id,
    ...(name === '' ? {} : { name }),
    attributes: {
      ...(known === undefined ? {} : attributesOf(known)),
      ...(namespace === '' ? {} : { namespace }),
      ...(action.startsWith('exec_') && process !== '' ? { execID: process } : {}),
      ...(pid === 0 ? {} : { pid: String(pid) }),
      ...(isExit ? { exitCode: String(exitStatus) } : {}),
      ...(snapshotter === '' ? {} : { snapshotter }),
      ...(topic.endsWith(`/${action}`) ? {} : { engineAction: topic }),
      ...(name === '' ? {} : { name }),
    },
    source,
  };
  return received(withNoise(new OwnEvent(event)));
}
