/** How many events there were of each kind. */
import type { EngineEvent } from '../../event.ts';

/** Kinds that are counted apart; what comes after them is counted as `other`, so that no sender can fill the memory. */
const KINDS = 1000;

export interface Count {
  readonly engine: string;
  readonly type: string;
  readonly action: string;
  count: number;
}

/** Counts by engine, type and action. */
export class EventCounts {
  readonly #counts = new Map<string, Map<string, Map<string, Count>>>();
  readonly #all: Count[] = [];

  get all(): readonly Count[] {
    return this.#all;
  }

  add({ source: { engine }, type, action }: EngineEvent): void {
    const count = this.#counts.get(engine)?.get(type)?.get(action) ?? this.#new(engine, type, action);
    count.count++;
  }

  #new(engine: string, type: string, action: string): Count {
    if (this.#all.length >= KINDS && !(type === OTHER && action === OTHER)) {
      return this.#counts.get(engine)?.get(OTHER)?.get(OTHER) ?? this.#new(engine, OTHER, OTHER);
    }
    const types = getOrSet(this.#counts, engine, () => new Map<string, Map<string, Count>>());
    const actions = getOrSet(types, type, () => new Map<string, Count>());
    const count: Count = { engine, type, action, count: 0 };
    actions.set(action, count);
    this.#all.push(count);
    return count;
  }
}

const OTHER = 'other';

function getOrSet<V>(map: Map<string, V>, key: string, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}
