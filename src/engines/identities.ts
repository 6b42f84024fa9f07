/** The identities of the engines that are followed: one daemon by two sockets is followed once. */
import type { EventSource } from '../event.ts';

export class Identities {
  /** The endpoint at which each is followed. */
  readonly #endpoints = new Map<string, string>();

  /**
   * Claims an engine for its endpoint.
   *
   * @returns the endpoint at which it is followed already, if that is another one
   */
  claim({ engine, endpoint = '', id }: EventSource): string | undefined {
    if (id === undefined) return undefined;
    const key = `${engine} ${id}`;
    const holder = this.#endpoints.get(key) ?? endpoint;
    this.#endpoints.set(key, holder);
    return holder === endpoint ? undefined : holder;
  }

  /** Gives a claim up; one of another endpoint stays. */
  release({ engine, endpoint = '', id }: EventSource): void {
    const key = `${engine} ${id}`;
    if (this.#endpoints.get(key) === endpoint) this.#endpoints.delete(key);
  }
}
