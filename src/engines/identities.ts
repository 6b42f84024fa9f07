/** Identities of the followed engines: a daemon with two sockets is followed once. */
import type { EventSource } from '../event.ts';
import { FollowedEngines } from './followed.ts';

/** The identities that engines gave, each with the endpoint that follows it. */
export class Identities {
  /** The engines that are followed together. */
  readonly followed: FollowedEngines;
  /** The endpoint of each followed engine. */
  readonly #endpoints = new Map<string, string>();

  constructor(followed: FollowedEngines = new FollowedEngines()) {
    this.followed = followed;
  }

  /**
   * Claims an engine for its endpoint.
   *
   * @returns the endpoint at which it is already followed, if that is another one
   */
  claim({ engine, endpoint = '', id }: EventSource): string | undefined {
    if (id === undefined) return undefined;
    const key = `${engine} ${id}`;
    const holder = this.#endpoints.get(key) ?? endpoint;
    this.#endpoints.set(key, holder);
    return holder === endpoint ? undefined : holder;
  }

  /** Releases a claim of this endpoint; a claim of another endpoint stays. */
  release({ engine, endpoint = '', id }: EventSource): void {
    const key = `${engine} ${id}`;
    if (this.#endpoints.get(key) === endpoint) this.#endpoints.delete(key);
  }
}
