/** State of alerts that survives the daemon. */
import type { AlertState } from './alert-state.ts';

/** Storage of the state of alerts. The whole text of a rule identifies it: a changed rule begins without problems. */
export interface AlertsKeeper {
  /** The state that an earlier daemon kept for a rule. */
  of(rule: string): AlertState | undefined;
  /** The state has changed. It is asked for when it is written, not for each event. */
  keep(rule: string, state: () => AlertState): void;
  /** Forgets a rule that is no longer active. */
  forget(rule: string): void;
}

/** Storage that keeps nothing. */
export const NO_ALERTS: AlertsKeeper = {
  of: () => undefined,
  keep: () => undefined,
  forget: () => undefined,
};
