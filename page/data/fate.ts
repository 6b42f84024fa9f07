/** The kinds of deaths that the page distinguishes. */
import type { Death } from '../../operators/explain.ts';

/** `asked`: after a request; `killed`: by SIGKILL, of a user, a grace period or from outside. */
export type Fate = 'finished' | 'asked' | 'failed' | 'oom' | 'killed' | 'unknown';

/** In words, for the legend and for screen readers. */
export const FATES: Readonly<Record<Fate, string>> = {
  finished: 'finished',
  asked: 'asked to stop',
  failed: 'failed',
  oom: 'out of memory',
  killed: 'killed',
  unknown: 'unknown',
};

const BY_CAUSE: Readonly<Record<Death<unknown>['cause'], Fate>> = {
  finished: 'finished',
  stopped: 'asked',
  unhealthy: 'asked',
  'grace-ran-out': 'killed',
  killed: 'killed',
  unexplained: 'killed',
  failed: 'failed',
  crashed: 'failed',
  'out-of-memory': 'oom',
  unknown: 'unknown',
};

export function fateOf({ cause }: Pick<Death<unknown>, 'cause'>): Fate {
  return BY_CAUSE[cause];
}
