/** Rules that set off rules: what happens to a container because of what a rule did to it. */
import { dropOldest } from '../../../operators/drop-oldest.ts';

/** Containers that are watched at a time. */
const CONTAINERS = 10_000;

/** Things that rules did to a container, each but the first because of one before. */
interface Chain {
  readonly began: bigint;
  /** How many there are. */
  links: number;
  /** Up to when what happens counts as their consequence; undefined while one is being done. */
  until: bigint | undefined;
  /** Whether it was too long, and nothing is done any more as long as it lasts. */
  cut: boolean;
}

/**
 * Counts how many things rules did to a container in a row, each because of what the one before had caused: by arrival:
 * that is what happens while a rule acts on it, or a certain time after. Once nothing has happened for so long, a chain is over.
 *
 * Memory: a few numbers for each of at most 10,000 containers.
 */
export class Chains {
  readonly #chains = new Map<string, Chain>();

  /** How many links there are in the chain that an event of this time goes on; 0 when it goes on none. */
  length(key: string, at: bigint): number {
    const chain = this.#chains.get(key);
    return chain !== undefined && goesOn(chain, at) ? chain.links : 0;
  }

  /**
   * Something is done, now, because of an event of that time.
   *
   * @returns what to call when it is over, with the time up to which what happens counts as its consequence
   */
  begin(key: string, at: bigint, now: bigint): (until: bigint) => void {
    const chain = this.#chains.get(key);
    const consequence = chain !== undefined && goesOn(chain, at);
    // What happened before the chain began may have waited for its turn since: it is no link, and ends none.
    const alive = chain !== undefined && (chain.until === undefined || now <= chain.until);
    const current = alive || consequence ? chain : { began: now, links: 0, until: undefined, cut: false };
    if (consequence || !alive) current.links++;
    current.until = undefined;
    this.#chains.delete(key);
    this.#chains.set(key, current);
    if (this.#chains.size > CONTAINERS) dropOldest(this.#chains);
    return (until) => {
      current.until = until;
    };
  }

  /** Nothing more is done because of this chain, which lasts at least so long. @returns whether that is new */
  cut(key: string, until: bigint): boolean {
    const chain = this.#chains.get(key);
    if (chain === undefined) return false;
    if (chain.until !== undefined && chain.until < until) chain.until = until;
    const isNew = !chain.cut;
    chain.cut = true;
    return isNew;
  }
}

function goesOn({ began, until }: Chain, at: bigint): boolean {
  return at >= began && (until === undefined || at <= until);
}
