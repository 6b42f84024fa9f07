/** Counts deaths, out-of-memory kills and restarts of each container name. */
import type { IncomingEvent } from '../../event.ts';
import { FirstOf } from './label-values.ts';

/** Most names, and engines, with their own counts; further ones are `other`. */
const NAMES = 500;
const ENGINES = 64;

export interface ContainerCount {
  readonly engine: string;
  readonly name: string;
  deaths: number;
  ooms: number;
  /** Starts after a death of that name. */
  restarts: number;
}

/**
 * Counts by name, so that a container that was removed and created again continues its counts. Only
 * names that have died have counts.
 */
export class ContainerCounts {
  readonly #counts = new Map<string, ContainerCount>();
  readonly #names = new FirstOf(NAMES);
  readonly #engines = new FirstOf(ENGINES);

  get all(): Iterable<ContainerCount> {
    return this.#counts.values();
  }

  add({ type, action, id, name = id, source }: IncomingEvent): void {
    if (type !== 'container') return;
    if (action === 'die') this.#countOf(source.engine, name).deaths++;
    else if (action === 'oom') this.#countOf(source.engine, name).ooms++;
    else if (action === 'start') {
      const count = this.#counts.get(keyOf(source.engine, name));
      if (count !== undefined) count.restarts++;
    }
  }

  #countOf(of: string, called: string): ContainerCount {
    const [engine, name] = [this.#engines.of(of), this.#names.of(called)];
    const key = keyOf(engine, name);
    const count = this.#counts.get(key) ?? { engine, name, deaths: 0, ooms: 0, restarts: 0 };
    this.#counts.set(key, count);
    return count;
  }
}

function keyOf(engine: string, name: string): string {
  return `${engine} ${name}`;
}
