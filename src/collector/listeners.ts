/** Live listeners: exact names and ids are looked up in an index, not tested one by one. */
import { oldName } from '../../operators/old-name.ts';
import type { EngineEvent } from '../event.ts';
import { report } from './faults.ts';

/** Receives events: an RxJS subscriber, or a cursor. After its removal it ignores them. */
export interface Listener {
  next(event: EngineEvent): void;
}

/**
 * Keys of all events that a listener may want: exact names and ids, and id prefixes of 12
 * characters.
 */
export type Route = readonly string[];

/** A listener and its position among the others. */
export interface ListenerPlace {
  readonly order: number;
  readonly listener: Listener;
}

/** Characters of an id prefix in a route. */
export const PREFIX = 12;

/**
 * Passes event n to every listener before event n + 1, in the order of their places, with or
 * without a route. A listener that joins during an event starts with the next one.
 */
export class Listeners {
  /**
   * Listeners that want every event, in order, and their places; copied on change only during an
   * event.
   */
  #all: Listener[] = [];
  #orders: number[] = [];
  #telling = false;
  /** Places by key. Each list is ordered and immutable: it may be in iteration. */
  readonly #routed = new Map<string, readonly ListenerPlace[]>();
  /** The number of keys that may be an id prefix. */
  #prefixes = 0;

  /**
   * Adds a place, or further keys of its route. Without a route, the listener receives every event.
   */
  join(place: ListenerPlace, route: Iterable<string> | undefined): void {
    if (route === undefined) return this.#insert(place);
    for (const key of route) {
      const places = this.#routed.get(key);
      if (places === undefined && key.length === PREFIX) this.#prefixes++;
      this.#routed.set(key, together(places, [place]) as readonly ListenerPlace[]);
    }
  }

  /** Removes a place, or some keys of its route. */
  leave(place: ListenerPlace, route: Iterable<string> | undefined): void {
    if (route === undefined) return this.#remove(place);
    for (const key of route) {
      const rest = this.#routed.get(key)?.filter((each) => each !== place) ?? [];
      if (rest.length > 0) this.#routed.set(key, rest);
      else if (this.#routed.delete(key) && key.length === PREFIX) this.#prefixes--;
    }
  }

  tell(event: EngineEvent): void {
    const all = this.#all;
    const orders = this.#orders;
    const routed = this.#routed.size === 0 ? undefined : this.#onRoute(event);
    this.#telling = true;
    let i = 0;
    if (routed !== undefined) {
      for (const { order, listener } of routed) {
        for (; i < all.length && orders[i]! < order; i++) tell(all[i]!, event);
        tell(listener, event);
      }
    }
    for (; i < all.length; i++) tell(all[i]!, event);
    this.#telling = false;
  }

  #insert({ order, listener }: ListenerPlace): void {
    this.#keepTold();
    // Usually the newest, at the end.
    const at = this.#orders.findLastIndex((each) => each < order) + 1;
    this.#all.splice(at, 0, listener);
    this.#orders.splice(at, 0, order);
  }

  #remove({ order }: ListenerPlace): void {
    const at = this.#orders.indexOf(order);
    if (at === -1) return;
    this.#keepTold();
    this.#all.splice(at, 1);
    this.#orders.splice(at, 1);
  }

  #keepTold(): void {
    if (!this.#telling) return;
    this.#all = [...this.#all];
    this.#orders = [...this.#orders];
  }

  /**
   * Places whose route includes the event, by its name, id, id prefix or name before a rename; each
   * once.
   */
  #onRoute({ id, name, action, attributes }: EngineEvent): readonly ListenerPlace[] | undefined {
    const routed = this.#routed;
    let found = name === undefined ? undefined : routed.get(name);
    if (id !== name) found = together(found, routed.get(id));
    if (action === 'rename') found = together(found, routed.get(oldName(attributes) ?? id));
    if (this.#prefixes > 0) found = together(found, routed.get(id.slice(0, PREFIX)));
    return found;
  }
}

/**
 * Calls a listener; its error is reported as RxJS reports errors of observers, and affects no other
 * listener.
 */
function tell(listener: Listener, event: EngineEvent): void {
  try {
    listener.next(event);
  } catch (error) {
    report(error);
  }
}

/** Merges two lists: each place once, in order. */
function together(
  one: readonly ListenerPlace[] | undefined,
  other: readonly ListenerPlace[] | undefined,
): readonly ListenerPlace[] | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return [...new Set([...one, ...other])].toSorted((a, b) => a.order - b.order);
}
