/** Restarts that survive the daemon: the count and the current wait of each container. */
import type { EngineEvent } from '../../event.ts';
import type { Instant } from '../../instant.ts';
import type { Restarts } from '../../restart-policy.ts';

/** The restarts of one container by one rule. */
export interface KeptRestarts {
  /** The event of its last end. */
  readonly event: EngineEvent;
  readonly restarts: Restarts;
  /**
   * End of the wait, by this machine's clock: nanoseconds since the Unix epoch; undefined without a
   * wait.
   */
  readonly due?: Instant | undefined;
}

/**
 * Storage of restarts. The whole text of a rule identifies it: a changed policy starts a new count.
 */
export interface RestartsKeeper {
  /** The restarts that an earlier daemon kept for a rule, by the keys of containers. */
  of(rule: string): ReadonlyMap<string, KeptRestarts>;
  /** Keeps the restarts of one container from now on; `undefined` removes them. */
  keep(rule: string, container: string, kept: KeptRestarts | undefined): void;
  /** Forgets a rule that is no longer active. */
  forget(rule: string): void;
}

/** Storage that keeps nothing. */
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
