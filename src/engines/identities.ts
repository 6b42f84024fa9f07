/** Identities of the followed engines: a daemon with two sockets is followed once. */
import { dropOldest } from '../../operators/drop-oldest.ts';
import type { EventSource } from '../event.ts';
import type { EventMemory } from './event-memory.ts';
import { FollowedEngines } from './followed.ts';

/** Most engines whose events are remembered: a server can state a new identity at each connection. */
const REMEMBERED = 64;

/**
 * The identities that engines gave, each with the endpoint that follows it, and with the memory of
 * its events: it continues at another endpoint.
 */
export class Identities {
  /** The engines that are followed together. */
  readonly followed: FollowedEngines;
  /** The endpoint of each followed engine. */
  readonly #endpoints = new Map<string, string>();
  readonly #memories = new Map<string, EventMemory>();

  constructor(followed: FollowedEngines = new FollowedEngines()) {
    this.followed = followed;
  }

  /**
   * Claims an engine for its endpoint.
   *
   * @returns the endpoint at which it is already followed, if that is another one
   */
  claim(source: EventSource): string | undefined {
    const { endpoint = '', id } = source;
    if (id === undefined) return undefined;
    const key = keyOf(source);
    const holder = this.#endpoints.get(key) ?? endpoint;
    this.#endpoints.set(key, holder);
    return holder === endpoint ? undefined : holder;
  }

  /** Releases a claim of this endpoint; a claim of another endpoint stays. */
  release(source: EventSource): void {
    const key = keyOf(source);
    if (this.#endpoints.get(key) === source.endpoint) this.#endpoints.delete(key);
  }

  /** The memory of an engine with an identity. @param make called for an engine that is new here */
  memoryOf(source: EventSource, make: () => EventMemory): EventMemory {
    const key = keyOf(source);
    const memory = this.#memories.get(key) ?? make();
    // The engines of the latest connections are kept.
    this.#memories.delete(key);
    this.#memories.set(key, memory);
    if (this.#memories.size > REMEMBERED) dropOldest(this.#memories);
    return memory;
  }
}

function keyOf({ engine, id }: EventSource): string {
  return `${engine} ${id}`;
}
