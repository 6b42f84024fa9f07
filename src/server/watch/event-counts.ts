/** Counts events of each kind. */
import { ACTIONS } from '../../../operators/words.ts';
import type { EngineEvent } from '../../event.ts';
import { FirstOf, OTHER, wordOf } from './label-values.ts';

/**
 * Most kinds with an unknown type or action that have their own count. Further ones are `other`;
 * known kinds always have their own count.
 */
const UNKNOWN_KINDS = 1000;

/** Most engines with their own count; further ones are `other`. */
const ENGINES = 64;

/** Types of events that Docker, Podman and containerd emit. */
const TYPES: ReadonlySet<string> = new Set(
  'builder config container daemon exec image machine network node pod plugin secret service system volume'.split(
    ' ',
  ),
);

const KNOWN: ReadonlySet<string> = new Set(ACTIONS);

export interface Count {
  readonly engine: string;
  readonly type: string;
  readonly action: string;
  count: number;
}

/** Counts by engine, type and action: only the action's word, without a command line after it. */
export class EventCounts {
  readonly #counts = new Map<string, Count>();
  readonly #engines = new FirstOf(ENGINES);
  #unknown = 0;

  get all(): Iterable<Count> {
    return this.#counts.values();
  }

  add({ source, type, action }: EngineEvent): void {
    this.#countOf(this.#engines.of(source.engine), wordOf(type), wordOf(action)).count++;
  }

  #countOf(engine: string, type: string, action: string): Count {
    const key = `${engine} ${type} ${action}`;
    const count = this.#counts.get(key);
    if (count !== undefined) return count;
    const known = isKnown(type, TYPES) && isKnown(action, KNOWN);
    if (!known && this.#unknown >= UNKNOWN_KINDS) {
      return this.#countOf(
        engine,
        isKnown(type, TYPES) ? type : OTHER,
        isKnown(action, KNOWN) ? action : OTHER,
      );
    }
    if (!known) this.#unknown++;
    const made: Count = { engine, type, action, count: 0 };
    this.#counts.set(key, made);
    return made;
  }
}

/** `other` is known too, so that it gets a count when no more unknown kinds are taken. */
function isKnown(word: string, words: ReadonlySet<string>): boolean {
  return word === OTHER || words.has(word);
}
