/** CRI's events as ours. */
import { type Attributes, type EventSource } from '../../event.ts';
import { dropOldest } from '../../../operators/drop-oldest.ts';
import type { Received } from '../engine.ts';
import { received } from '../received.ts';
import type { CriEvent } from './api.ts';
import { END } from './changes.ts';
import { eventOf, type Item, itemOfContainer, itemOfPod } from './item.ts';

const WORDS = ['CREATED', 'STARTED', 'STOPPED', 'DELETED'];

/** Pods and containers that are remembered, as the event of a removal can lack its container: each at most 16 kB. */
const REMEMBERED = 1000;

/** Translates the events of one session. */
export class CriTranslator {
  readonly #source: EventSource;
  readonly #known = new Map<string, Item>();

  constructor(source: EventSource) {
    this.#source = source;
  }

  /** One event, or none if it says nothing. */
  translate(event: CriEvent): readonly Received[] {
    const { containerId: id, containerEventType: number, createdAt } = event;
    const word = WORDS[number];
    if (id === '' || word === undefined) return [];
    const item = this.#itemOf(event);
    const action = number === 2 ? END[item.type] : ['create', 'start', '', 'destroy'][number]!;
    const more: Attributes = { engineAction: `CONTAINER_${word}_EVENT` };
    // The end of a container has the time of its process's end, unless that is before its start.
    const { finishedAt, startedAt = 0n } = item;
    const time =
      action === 'die' && finishedAt !== undefined && finishedAt >= startedAt ? finishedAt : createdAt;
    return [received(eventOf(item, action, time, this.#source, more))];
  }

  /** Its description: from the event, otherwise from one before. */
  #itemOf({ containerId: id, podSandboxStatus, containersStatuses }: CriEvent): Item {
    const pod = podSandboxStatus ?? undefined;
    const status = containersStatuses.find((each) => each.id === id);
    const stated =
      status !== undefined ? itemOfContainer(status, pod) : pod?.id === id ? itemOfPod(pod) : undefined;
    if (stated !== undefined) {
      this.#known.delete(id);
      this.#known.set(id, stated);
      if (this.#known.size > REMEMBERED) dropOldest(this.#known);
    }
    return stated ?? this.#known.get(id) ?? UNKNOWN(id);
  }
}

const UNKNOWN = (id: string): Item => ({
  ...{ type: 'container', id, name: id, image: '', labels: {}, leftOut: 0, podId: '', state: 'unknown' },
  ...{ createdAt: undefined, startedAt: undefined, finishedAt: undefined, exitCode: undefined, reason: '' },
});
