/** Pods and containers of CRI, in one shape, and events about them. */
import {
  type Attributes,
  type EventSource,
  foreignAttributes,
  type IncomingEvent,
  OwnEvent,
} from '../../event.ts';
import type { Instant } from '../../instant.ts';
import { readLabels } from '../grpc/labels.ts';
import type { Pod, Status } from './api.ts';

/** A container, or a pod's sandbox: `running` is a sandbox that is ready, `exited` one that is not. */
export interface Item {
  readonly type: 'container' | 'pod';
  readonly id: string;
  /** `POD/CONTAINER`, or `POD`. */
  readonly name: string;
  readonly image: string;
  /** Labels, and those of Kubernetes by which a container names its pod, also where the runtime does not repeat them. */
  readonly labels: Attributes;
  readonly leftOut: number;
  readonly podId: string;
  readonly state: 'created' | 'running' | 'exited' | 'unknown';
  readonly createdAt: Instant | undefined;
  readonly startedAt: Instant | undefined;
  readonly finishedAt: Instant | undefined;
  readonly exitCode: number | undefined;
  /** The runtime's word for the end: `Completed`, `Error`, `OOMKilled`, `StartError`. */
  readonly reason: string;
}

const STATES = ['created', 'running', 'exited', 'unknown'] as const;

export function itemOfPod(pod: Pod): Item {
  const { labels, leftOut } = readLabels(pod.labels);
  const isReady = pod.state === 0;
  const createdAt = stated(pod.createdAt);
  return {
    ...{ type: 'pod', id: pod.id, name: nameOf(pod, pod.id), image: '', leftOut, podId: '', reason: '' },
    labels: { ...labels, ...podLabels(pod) },
    state: isReady ? 'running' : 'exited',
    ...{ createdAt, startedAt: createdAt, finishedAt: undefined, exitCode: undefined },
  };
}

/** @param pod its sandbox, where that is known */
export function itemOfContainer(status: Status, pod: Pod | undefined): Item {
  const { labels, leftOut } = readLabels(status.labels);
  const own = status.metadata?.name ?? '';
  const ofPod = pod === undefined ? {} : podLabels(pod);
  const all: Attributes = {
    ...labels,
    ...ofPod,
    ...(own === '' ? {} : { 'io.kubernetes.container.name': own }),
  };
  const podName = all['io.kubernetes.pod.name'] ?? '';
  const state = STATES[status.state] ?? 'unknown';
  const startedAt = stated(status.startedAt);
  // A start that failed states an end, and no start.
  const hasEnded = state === 'exited';
  return {
    ...{ type: 'container', id: status.id, labels: all, leftOut, podId: pod?.id ?? '', state },
    name: [podName, own].filter((part) => part !== '').join('/') || status.id,
    image: status.image?.image ?? '',
    createdAt: stated(status.createdAt),
    startedAt,
    finishedAt: hasEnded ? stated(status.finishedAt) : undefined,
    exitCode: hasEnded ? status.exitCode : undefined,
    reason: hasEnded ? status.reason : '',
  };
}

/** @param more attributes of this event alone */
export function eventOf(
  item: Item,
  action: string,
  timeNano: Instant,
  source: EventSource,
  more: Attributes,
): IncomingEvent {
  const { type, id, name, image, labels, podId, exitCode, reason } = item;
  const isEnd = action === 'die';
  return new OwnEvent({
    timeNano,
    type,
    action,
    id,
    name,
    attributes: {
      ...foreignAttributes(labels),
      ...(image === '' ? {} : { image }),
      ...(podId === '' ? {} : { podId }),
      ...(isEnd && exitCode !== undefined ? { exitCode: String(exitCode) } : {}),
      ...(isEnd && reason !== '' ? { reason } : {}),
      name,
      ...more,
    },
    source,
  });
}

function nameOf({ metadata }: Pod, otherwise: string): string {
  return metadata?.name || otherwise;
}

function podLabels({ metadata }: Pod): Attributes {
  if (metadata === null) return {};
  const { name, namespace, uid } = metadata;
  return {
    ...(name === '' ? {} : { 'io.kubernetes.pod.name': name }),
    ...(namespace === '' ? {} : { 'io.kubernetes.pod.namespace': namespace }),
    ...(uid === '' ? {} : { 'io.kubernetes.pod.uid': uid }),
  };
}

function stated(time: bigint): Instant | undefined {
  return time <= 0n ? undefined : time;
}
