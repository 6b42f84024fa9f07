/**
 * Detects rules that trigger rules: chains of actions on a container, each a consequence of the one
 * before.
 */
import { dropOldest } from '../../../operators/drop-oldest.ts';

/** Most containers watched at a time. */
const CONTAINERS = 10_000;

/** Actions of rules on one container; each but the first is a consequence of the one before. */
interface Chain {
  readonly began: bigint;
  /** Count of actions. */
  links: number;
  /** End of the time in which events count as consequences; undefined while an action runs. */
  until: bigint | undefined;
  /** True if the chain was too long: nothing more is done while it lasts. */
  cut: boolean;
}

/**
 * Counts the actions of rules on a container in a row, each a consequence of the one before. An
 * event is a consequence if it arrives while a rule acts on the container, or within a set time
 * after that. A chain ends once that time passes without an event.
 *
 * Memory: a few numbers for each of at most 10,000 containers.
 */
export class Chains {
  readonly #chains = new Map<string, Chain>();

  /**
   * Count of actions in the chain that an event at this time continues; 0 if it continues no chain.
   */
  length(key: string, at: bigint): number {
    const chain = this.#chains.get(key);
    return chain !== undefined && goesOn(chain, at) ? chain.links : 0;
  }

  /**
   * Begins an action because of an event at the time `at`.
   *
   * @returns a function to call at the end of the action, with the time until which events count as
   *   its consequences
   */
  begin(key: string, at: bigint, now: bigint): (until: bigint) => void {
    const chain = this.#chains.get(key);
    const consequence = chain !== undefined && goesOn(chain, at);
    // An event from before the chain may have waited since: it neither continues nor ends the
    // chain.
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

  /**
   * Stops all actions of this chain until at least that time.
   *
   * @returns true on the first call for a chain
   */
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
