/** Live listeners: exact names and ids are looked up in an index, not tested one by one. */
import { oldName } from '../../operators/name-matcher.ts';
import type { EngineEvent } from '../event.ts';
import { report } from './report.ts';

/** Receives events: an RxJS subscriber, or a cursor. After its removal it ignores them. */
export interface Listener {
  next(event: EngineEvent): void;
}

/** Names and ids of all events that a listener may want. */
export interface Route {
  /** Exact names and full ids. */
  readonly exact: readonly string[];
  /** Prefixes of ids, 12 characters or longer. */
  readonly prefixes: readonly string[];
}

/** A listener and its position among the others. */
export interface Place {
  readonly order: number;
  readonly listener: Listener;
}

const PREFIX = 12;

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
  readonly #exact = new Index();
  readonly #prefixes = new Index();

  /** @param ids further ids on the route: of renamed containers */
  join(place: Place, route: Route | undefined, ids: Iterable<string>): void {
    if (route === undefined) this.#insert(place);
    else {
      for (const key of [...route.exact, ...ids]) this.#exact.add(key, place);
      for (const prefix of route.prefixes) this.#prefixes.add(prefix.slice(0, PREFIX), place);
    }
  }

  leave(place: Place, route: Route | undefined, ids: Iterable<string>): void {
    if (route === undefined) this.#remove(place);
    else {
      for (const key of [...route.exact, ...ids]) this.#exact.delete(key, place);
      for (const prefix of route.prefixes) this.#prefixes.delete(prefix.slice(0, PREFIX), place);
    }
  }

  /** Adds an id to a place's route, or removes it. */
  follow(place: Place, id: string, followed: boolean): void {
    if (followed) this.#exact.add(id, place);
    else this.#exact.delete(id, place);
  }

  tell(event: EngineEvent): void {
    const all = this.#all;
    const orders = this.#orders;
    const routed = this.#exact.empty && this.#prefixes.empty ? undefined : this.#onRoute(event);
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

  #insert({ order, listener }: Place): void {
    this.#keepTold();
    // Usually the newest, at the end.
    let at = this.#orders.length;
    while (at > 0 && this.#orders[at - 1]! > order) at--;
    this.#all.splice(at, 0, listener);
    this.#orders.splice(at, 0, order);
  }

  #remove({ listener }: Place): void {
    const at = this.#all.indexOf(listener);
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
  #onRoute({ id, name, action, attributes }: EngineEvent): readonly Place[] | undefined {
    const exact = this.#exact;
    let found = name === undefined ? undefined : exact.get(name);
    if (id !== name) found = together(found, exact.get(id));
    if (action === 'rename') found = together(found, exact.get(oldName(attributes) ?? id));
    if (!this.#prefixes.empty) found = together(found, this.#prefixes.get(id.slice(0, PREFIX)));
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

/** Places by key. Each list is ordered and immutable: it may be in iteration. */
class Index {
  readonly #lists = new Map<string, readonly Place[]>();

  get empty(): boolean {
    return this.#lists.size === 0;
  }

  get(key: string): readonly Place[] | undefined {
    return this.#lists.get(key);
  }

  add(key: string, place: Place): void {
    this.#lists.set(key, withPlace(this.#lists.get(key) ?? [], place));
  }

  delete(key: string, place: Place): void {
    const rest = this.#lists.get(key)?.filter((each) => each !== place) ?? [];
    if (rest.length > 0) this.#lists.set(key, rest);
    else this.#lists.delete(key);
  }
}

function withPlace(places: readonly Place[], place: Place): readonly Place[] {
  if (places.includes(place)) return places;
  const at = places.findLastIndex(({ order }) => order < place.order) + 1;
  return places.toSpliced(at, 0, place);
}

function together(
  one: readonly Place[] | undefined,
  other: readonly Place[] | undefined,
): readonly Place[] | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return [...new Set([...one, ...other])].toSorted((a, b) => a.order - b.order);
}
