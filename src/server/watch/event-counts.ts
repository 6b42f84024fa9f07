/** How many events there were of each kind. */
import { ACTIONS } from '../../../operators/words.ts';
import type { EngineEvent } from '../../event.ts';
import { FirstOf, OTHER, wordOf } from './words.ts';

/** Kinds with an unknown type or action that are counted apart. Further ones are `other`; known kinds always count apart. */
const UNKNOWN_KINDS = 1000;

/** Engines that are counted apart; further ones are `other`. */
const ENGINES = 64;

/** The types of events that engines are known to emit: Docker's, Podman's and containerd's. */
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

/** Counts by engine, type and action: the action's word alone, without the command line that may follow it. */
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

/** `other` is known as well, so that it has a count when no more unknown kinds are taken. */
function isKnown(word: string, words: ReadonlySet<string>): boolean {
  return word === OTHER || words.has(word);
}
