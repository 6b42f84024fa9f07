/** The search for the start of the newest matching events. */
import type { Chunk, Span } from './archive.ts';

/** A cursor that ends at the newest event of the search. */
export interface Counter {
  readonly position: number;
  read(limit: number): Chunk;
}

/** Result of the search. */
export interface Tail {
  /** The number of the first event to read: renames are followed from there. */
  readonly position: number;
  /** Matching events with a lower number are not delivered. */
  readonly first: number;
}

export interface SearchStep {
  /** Count of examined events: 1 or more. */
  readonly looked: number;
  /** True if they came from the archive. */
  readonly archived: boolean;
  /** Result of the search; undefined until it ends. */
  readonly tail: Tail | undefined;
}

/**
 * Looks back over growing spans until enough events match, counts these, and then advances to the
 * first one of the tail. It works in steps, so that others get their turns in between. Events
 * appended meanwhile do not count.
 */
export class TailSearch {
  /** The oldest readable number at the start of the search. */
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
  /** Gaps found during the count. */
  #gaps: Span[] = [];
  /** Matching events to skip, after the count. */
  #skip: number | undefined;

  /**
   * @param wanted length of the tail in events, 1 or more
   * @param held states the oldest readable number at any time
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

  /** Examines about `limit` more events. */
  step(limit: number): SearchStep {
    const before = this.#counter.position;
    const counter = this.#counter;
    const chunk = counter.read(limit);
    const looked = Math.max(1, counter.position - before);
    const tail = this.#skip === undefined ? this.#counted(chunk) : this.#passed(chunk, this.#skip);
    return { looked, archived: chunk.archived, tail };
  }

  /** Starts counting at the oldest event that is still readable. */
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
    // Events lost during the search may belong to the tail: the reader gets a gap.
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
