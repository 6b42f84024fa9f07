/** The search for where the newest matching events begin. */
import type { Span } from './archive.ts';
import type { Chunk } from './chunk.ts';

/** A cursor that ends at the newest event of the search. */
export interface Counter {
  readonly position: number;
  read(limit: number): Chunk;
}

/** What the search finds. */
export interface Tail {
  /** The number of the event to begin with: names are followed from there. */
  readonly position: number;
  /** Matching events with a lower number are too many. */
  readonly first: number;
}

export interface SearchStep {
  /** Events that were looked at: 1 or more. */
  readonly looked: number;
  /** Whether they came from the archive. */
  readonly archived: boolean;
  /** The end of the search; undefined while there is more to look at. */
  readonly tail: Tail | undefined;
}

/**
 * Looks back over spans that grow until enough events match, counts these, and then goes to the first one of the tail.
 * It works in steps, so that others get their turns in between. Events that are appended meanwhile do not count.
 */
export class TailSearch {
  /** The oldest number that could be had when the search began. */
  readonly oldest: number;
  /** The number after the newest event that counts. */
  readonly head: number;
  readonly #wanted: number;
  readonly #held: { readonly oldest: number };
  readonly #open: (from: number, head: number) => Counter;
  #span: number;
  #from = 0;
  #counter: Counter;
  #found = 0;
  /** Gaps that the count met. */
  #gaps: Span[] = [];
  /** Matching events to pass over, once all were counted. */
  #skip: number | undefined;

  /**
   * @param wanted how many events the tail has, 1 or more
   * @param held tells the oldest number that can be had at any time
   * @param open makes a cursor of the matching events from one number up to, and without, another
   */
  constructor(
    wanted: number,
    held: { readonly oldest: number; readonly head: number },
    open: (from: number, head: number) => Counter,
  ) {
    this.oldest = held.oldest;
    this.head = held.head;
    this.#wanted = wanted;
    this.#held = held;
    this.#open = open;
    this.#span = wanted;
    this.#counter = this.#count();
  }

  /** Looks at about `limit` events more. */
  step(limit: number): SearchStep {
    const before = this.#counter.position;
    const counter = this.#counter;
    const chunk = counter.read(limit);
    const looked = Math.max(1, counter.position - before);
    const tail = this.#skip === undefined ? this.#counted(chunk) : this.#passed(chunk, this.#skip);
    return { looked, archived: chunk.archived, tail };
  }

  /** Begins to count, at what can still be had. */
  #count(): Counter {
    this.#from = Math.max(this.#held.oldest, this.head - this.#span);
    this.#found = 0;
    this.#gaps = [];
    this.#skip = undefined;
    return (this.#counter = this.#open(this.#from, this.head));
  }

  #counted({ events, gap, more }: Chunk): Tail | undefined {
    this.#found += events.length;
    if (gap !== undefined) this.#gaps.push(gap);
    if (more) return undefined;
    const over = this.#found - this.#wanted;
    if (over === 0) return { position: this.#from, first: this.#from };
    if (over > 0) {
      this.#skip = over;
      this.#counter = this.#open(this.#from, this.head);
      return undefined;
    }
    // What was lost while this looked may belong to the tail: the reader is told of it.
    if (this.#from <= this.#held.oldest) return { position: this.oldest, first: this.oldest };
    this.#span = this.#span * 4 + 64;
    this.#count();
    return undefined;
  }

  #passed({ events, gap, more }: Chunk, skip: number): Tail | undefined {
    const first = events[skip];
    const isNew = gap !== undefined && !this.#gaps.some(({ from, to }) => from <= gap.from && gap.to <= to);
    // A gap comes after the events of its chunk.
    if (first !== undefined) return { position: this.#from, first: first.seq };
    if (isNew || !more) this.#count();
    else this.#skip = skip - events.length;
    return undefined;
  }
}
