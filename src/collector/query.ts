/** The query of a subscription: the same for the library, the command line and every protocol. */
import type { Filters } from '../../operators/filters.ts';
import type { NamePattern } from '../../operators/name-pattern.ts';
import type { Instant } from '../instant.ts';

/** Selects events: a period or a cursor, names and filters. */
export interface Query {
  /**
   * Names or patterns (see `byName`), as texts or parsed: one matching pattern is enough; a
   * matching negated one excludes.
   */
  readonly name?: string | NamePattern | readonly (string | NamePattern)[] | undefined;
  /** First instant, inclusive. Without it (and without `cursor` and `tail`): live only. */
  readonly since?: Instant | undefined;
  /** Last instant, inclusive: the subscription ends when the clock reaches it. */
  readonly until?: Instant | undefined;
  /**
   * Docker's filters (see `byFilters`): values of one key are alternatives; all keys are required.
   */
  readonly filters?: Filters | undefined;
  /** Resume after this cursor. Excludes `tail`. */
  readonly cursor?: string | undefined;
  /** Replay at most this many of the newest matching events, 0 or more. Excludes `cursor`. */
  readonly tail?: number | undefined;
  /** Continue with live events after the replay. Default true. */
  readonly follow?: boolean | undefined;
}
