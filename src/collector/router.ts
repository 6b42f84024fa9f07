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

  /** A place for a listener, which begins to be told of events when it joins. */
  register(route: Route, listener: Listener): Registration {
    return new Registration(route, listener, this.#exact, this.#prefixes);
  }

  /** Offers the event to everyone whose route it is on. */
  dispatch(event: EngineEvent): void {
    if (!this.#exact.empty) {
      const { id, name } = event;
      if (name !== undefined) offer(this.#exact.get(name), event);
      if (id !== name) offer(this.#exact.get(id), event);
      const oldName = oldNameOf(event);
      if (oldName !== undefined) offer(this.#exact.get(oldName), event);
    }
    if (!this.#prefixes.empty && event.id.length >= PREFIX) {
      offer(this.#prefixes.get(event.id.slice(0, PREFIX)), event);
    }
  }
}

function offer(listeners: Set<Listener> | undefined, event: EngineEvent): void {
  if (listeners !== undefined) for (const listener of listeners) listener.offer(event);
}

/** A listener's place in the router: its keys, and the ids of renamed containers that stay on its route. */
export class Registration {
  readonly #route: Route;
  readonly #listener: Listener;
  readonly #exact: Index;
  readonly #prefixes: Index;
  /** Made when there is the first: most containers are never renamed. */
  #followed: Set<string> | undefined;
  #joined = false;

  constructor(route: Route, listener: Listener, exact: Index, prefixes: Index) {
    this.#route = route;
    this.#listener = listener;
    this.#exact = exact;
    this.#prefixes = prefixes;
  }

  /** From now on the listener is told. */
  join(): void {
    const { exact, prefixes } = this.#route;
    this.#joined = true;
    for (const key of exact) this.#exact.add(key, this.#listener);
    for (const prefix of prefixes) this.#prefixes.add(prefix.slice(0, PREFIX), this.#listener);
    for (const id of this.#followed ?? []) this.#exact.add(id, this.#listener);
  }

  leave(): void {
    const { exact, prefixes } = this.#route;
    this.#joined = false;
    for (const key of exact) this.#exact.delete(key, this.#listener);
    for (const prefix of prefixes) this.#prefixes.delete(prefix.slice(0, PREFIX), this.#listener);
    for (const id of this.#followed ?? []) this.#exact.delete(id, this.#listener);
  }

  /**
   * To be given every event that the listener was told of or has read itself, in order: a container that is renamed
   * stays on the route until it is gone.
   */
  track(event: EngineEvent): void {
    const { action, id } = event;
    if (action === 'rename') {
      if (this.#isOnRoute(event)) this.#follow(id);
    } else if (action === 'destroy' || action === 'remove') this.#forget(id);
  }

  #isOnRoute(event: EngineEvent): boolean {
    const { exact } = this.#route;
    const { id, name = id } = event;
    return exact.includes(name) || exact.includes(id) || exact.includes(oldNameOf(event) ?? name);
  }

  #follow(id: string): void {
    this.#followed ??= new Set();
    this.#followed.add(id);
    if (this.#joined) this.#exact.add(id, this.#listener);
    const [oldest] = this.#followed;
    if (this.#followed.size > FOLLOWED && oldest !== undefined) this.#forget(oldest);
  }

  #forget(id: string): void {
    if (this.#followed?.delete(id) !== true || this.#route.exact.includes(id)) return;
    if (this.#joined) this.#exact.delete(id, this.#listener);
  }
}

/** The name before a rename; Docker writes it with a slash. */
function oldNameOf({ action, attributes }: EngineEvent): string | undefined {
  return action === 'rename' ? attributes['oldName']?.replace(/^\//, '') : undefined;
}
