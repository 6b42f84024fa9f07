/** The search for the start of the newest matching events. */
import type { Chunk, Span } from './archive.ts';

/** A cursor that ends at the newest event of the search. */
export interface Counter {
  readonly position: number;
  read(limit: number): Chunk;
}

/** Cost of a step: the count of examined events, and true if they came from the archive. */
interface Cost {
  readonly looked: number;
  readonly archived: boolean;
}

/** Result of the search. */
interface Tail extends Cost {
  /** The number of the first event to read: renames are followed from there. */
  readonly position: number;
  /** Matching events with a lower number are not delivered. */
  readonly first: number;
}

/** Examines about `limit` more events; it is done once it returns the tail. */
export type TailSearch = (limit: number) => IteratorResult<Cost, Tail>;

/**
 * Looks back over growing spans until enough events match, counts these, and then advances to the
 * first one of the tail. It works in steps, so that others get their turns in between. Events
 * appended meanwhile do not count.
 *
 * @param wanted length of the tail in events, 1 or more
 * @param held states the oldest readable number at any time
 * @param open makes a cursor of the matching events from one number up to, and without, another
 */
export function tailSearch(
  wanted: number,
  held: { readonly oldest: number; readonly head: number },
  open: (from: number, head: number) => Counter,
): TailSearch {
  const { oldest, head } = held;
  const search = function* (): Generator<Cost, Tail, number> {
    let cost: Cost = { looked: 1, archived: false };
    for (let span = wanted; ;) {
      const from = Math.max(held.oldest, head - span);
      const gaps: Span[] = [];
      let over = -wanted;
      cost = yield* readAll(open(from, head), cost, ({ events, gap }) => {
        over += events.length;
        if (gap !== undefined) gaps.push(gap);
        return true;
      });
      if (over === 0) return { ...cost, position: from, first: from };
      if (over < 0) {
        // Events lost during the search may belong to the tail: the reader gets a gap.
        if (from <= held.oldest) return { ...cost, position: oldest, first: oldest };
        span = span * 4 + 64;
        continue;
      }
      let first: number | undefined;
      cost = yield* readAll(open(from, head), cost, ({ events, gap }) => {
        first = events[over]?.seq;
        over -= events.length;
        // Without a gap that was not there before: it comes after the events of its chunk.
        return first === undefined && (gap === undefined || gaps.some((known) => includes(known, gap)));
      });
      if (first !== undefined) return { ...cost, position: from, first };
    }
  };
  const steps = search();
  steps.next();
  return (limit) => steps.next(limit);
}

/** Reads on while `take` returns true. Yields the cost of the step before, and returns the last one. */
function* readAll(
  counter: Counter,
  cost: Cost,
  take: (chunk: Chunk) => boolean,
): Generator<Cost, Cost, number> {
  for (let goesOn = true; goesOn;) {
    const limit = yield cost;
    const before = counter.position;
    const chunk = counter.read(limit);
    cost = { looked: Math.max(1, counter.position - before), archived: chunk.archived };
    goesOn = take(chunk) && chunk.more;
  }
  return cost;
}

const includes = (span: Span, other: Span): boolean => span.from <= other.from && other.to <= span.to;
