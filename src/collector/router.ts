/** Who gets which event: exact names and ids are looked up, never tried one by one. */
import type { EngineEvent } from '../event.ts';

/** Who is to be told of an event. Told at most once of each, in order. */
export interface Listener {
  offer(event: EngineEvent): void;
}

/** What a listener is registered for. */
export interface Route {
  /** Exact names and full ids. */
  readonly exact: readonly string[];
  /** Prefixes of ids, 12 characters or longer. */
  readonly prefixes: readonly string[];
}

/** What a listener holds while it is registered. */
export interface Registration {
  /** To be told of each event that was offered: a container that is renamed stays on the route. */
  track(event: EngineEvent): void;
  remove(): void;
}

const PREFIX = 12;
/** Renamed containers that one registration follows at most; the oldest is dropped. */
const FOLLOWED = 10_000;

/** A map from a key to the listeners under it. Memory: one entry a registration. */
class Index {
  readonly #lists = new Map<string, Set<Listener>>();

  get empty(): boolean {
    return this.#lists.size === 0;
  }

  get(key: string): Set<Listener> | undefined {
    return this.#lists.get(key);
  }

  add(key: string, listener: Listener): void {
    const list = this.#lists.get(key);
    if (list) list.add(listener);
    else this.#lists.set(key, new Set([listener]));
  }

  delete(key: string, listener: Listener): void {
    const list = this.#lists.get(key);
    if (list?.delete(listener) && list.size === 0) this.#lists.delete(key);
  }
}

/**
 * Routes events to listeners with a {@link Route}: a listener gets every event that its route could
 * mean (by name, id, prefix of an id, the name before a rename) and decides for itself.
 */
export class Router {
  readonly #exact = new Index();
  readonly #prefixes = new Index();

  /** Whether nobody is registered. */
  get empty(): boolean {
    return this.#exact.empty && this.#prefixes.empty;
  }

  /** Registers the listener, until the registration is removed. */
  add(route: Route, listener: Listener): Registration {
    const followed = new Set<string>();
    const forget = (id: string): void => {
      if (followed.delete(id) && !route.exact.includes(id)) this.#exact.delete(id, listener);
    };
    for (const key of route.exact) this.#exact.add(key, listener);
    for (const prefix of route.prefixes) this.#prefixes.add(prefix.slice(0, PREFIX), listener);
    return {
      track: ({ action, id }) => {
        if (action === 'rename') {
          followed.add(id);
          this.#exact.add(id, listener);
          const [oldest] = followed;
          if (followed.size > FOLLOWED && oldest !== undefined) forget(oldest);
        } else if (action === 'destroy' || action === 'remove') forget(id);
      },
      remove: () => {
        for (const key of route.exact) this.#exact.delete(key, listener);
        for (const prefix of route.prefixes) this.#prefixes.delete(prefix.slice(0, PREFIX), listener);
        for (const id of followed) this.#exact.delete(id, listener);
      },
    };
  }

  /** Offers the event to everyone whose route it is on. */
  dispatch(event: EngineEvent): void {
    if (!this.#exact.empty) {
      const { id, name } = event;
      if (name !== undefined) offer(this.#exact.get(name), event);
      if (id !== name) offer(this.#exact.get(id), event);
      const before = event.action === 'rename' ? event.attributes['oldName'] : undefined;
      if (before !== undefined) offer(this.#exact.get(before.replace(/^\//, '')), event);
    }
    if (!this.#prefixes.empty && event.id.length >= PREFIX) {
      offer(this.#prefixes.get(event.id.slice(0, PREFIX)), event);
    }
  }
}

function offer(listeners: Set<Listener> | undefined, event: EngineEvent): void {
  if (listeners !== undefined) for (const listener of listeners) listener.offer(event);
}
