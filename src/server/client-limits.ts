/**
 * Limits on requests of clients, so that no client delays another: their values, and counts of
 * refusals.
 */
import { isWhole } from '../whole-number.ts';

/** A limit. */
interface Limit {
  readonly default: number;
  /** The limited quantity, for people. */
  readonly of: string;
}

export type LimitName =
  | 'connections'
  | 'unauthorized'
  | 'subscriptions'
  | 'patterns'
  | 'filterValues'
  | 'answers'
  | 'pastAnswers'
  | 'explanations';

/** Every limit; `tidings serve` has a flag for each. */
export const LIMITS: Readonly<Record<LimitName, Limit>> = {
  connections: { default: 8192, of: 'connections at a time, all sockets together' },
  unauthorized: { default: 256, of: 'TCP connections at a time without a token yet' },
  subscriptions: { default: 4096, of: 'subscriptions at a time, all protocols together' },
  patterns: { default: 64, of: 'name patterns in one query' },
  filterValues: { default: 256, of: 'filter values in one query' },
  answers: { default: 256, of: 'answers of /v1/containers at a time' },
  pastAnswers: { default: 8, of: 'answers of /v1/containers?at= at a time' },
  explanations: { default: 2, of: 'answers of /v1/containers/NAME/why at a time' },
};

export type LimitValues = { readonly [Name in LimitName]?: number | undefined } & {
  /** @deprecated `unauthorized` */
  readonly strangers?: number | undefined;
};

/** The limits of one daemon. */
export class Limits {
  readonly #values: LimitValues;
  readonly #refused = new Map<LimitName, number>();

  /**
   * @param values those that differ from the defaults
   * @throws RangeError if one is not a whole number, 0 or more
   */
  constructor(values: LimitValues = {}) {
    for (const [name, value] of Object.entries(values)) {
      if (value === undefined || isWhole(value)) continue;
      throw new RangeError(`invalid limit of ${name}: ${String(value)}; a whole number, 0 or more, is right`);
    }
    const { strangers, unauthorized = strangers, ...others } = values;
    this.#values = { ...others, unauthorized };
  }

  of(name: LimitName): number {
    return this.#values[name] ?? LIMITS[name].default;
  }

  /** Counts a refused request. */
  refused(name: LimitName): void {
    this.#refused.set(name, (this.#refused.get(name) ?? 0) + 1);
  }

  /**
   * Checks a count in a request.
   *
   * @throws RangeError if it exceeds the limit, which is counted
   */
  check(name: LimitName, count: number): void {
    const most = this.of(name);
    if (count <= most) return;
    this.refused(name);
    throw new RangeError(`too many ${LIMITS[name].of}: ${count}, at most ${most} are taken`);
  }

  /** All limits, with their counts of refused requests. */
  *status(): Iterable<{ readonly name: LimitName; readonly value: number; readonly refused: number }> {
    for (const name of Object.keys(LIMITS) as LimitName[]) {
      yield { name, value: this.of(name), refused: this.#refused.get(name) ?? 0 };
    }
  }
}
