/** Restarts that survive the daemon: the count and the current wait of each container. */
import type { EngineEvent } from '../../event.ts';
import type { Instant } from '../../instant.ts';
import type { Restarts } from '../../restart-policy.ts';

/** The restarts of one container by one rule. */
export interface KeptRestarts {
  /** The event of its last end. */
  readonly event: EngineEvent;
  readonly restarts: Restarts;
  /** When the wait is over, by this machine's clock: nanoseconds since the Unix epoch; undefined where nothing waits. */
  readonly due?: Instant | undefined;
}

/** Where they are kept. A rule is known by all that it says: another policy counts for itself. */
export interface RestartsKeeper {
  /** The restarts that an earlier daemon kept for a rule, by the keys of containers. */
  of(rule: string): ReadonlyMap<string, KeptRestarts>;
  /** Keeps those of one container from now on; with `undefined` none. */
  keep(rule: string, container: string, kept: KeptRestarts | undefined): void;
  /** Forgets a rule that is in force no more. */
  forget(rule: string): void;
}

/** Keeps nothing. */
export const NO_KEEPER: RestartsKeeper = {
  of: () => new Map(),
  keep: () => undefined,
  forget: () => undefined,
};

/** The rest of a wait, in ms: by the clock, and at most the whole wait, as the clock may be set. */
export function leftOf({ due, restarts }: KeptRestarts, now: Instant): number {
  if (due === undefined) return 0;
  return Math.min(restarts.delay, Math.max(0, Number(due - now) / 1e6));
}
