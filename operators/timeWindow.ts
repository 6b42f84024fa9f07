import { filter, type MonoTypeOperatorFunction } from 'rxjs';
import { checkInstant } from './check.ts';
import type { Timed } from './shapes.ts';

/** Both ends belong to the window; a missing one leaves it open. */
export interface TimeWindow {
  /** First instant: nanoseconds since the Unix epoch. */
  readonly since?: bigint | undefined;
  /** Last instant: nanoseconds since the Unix epoch. */
  readonly until?: bigint | undefined;
}

/**
 * Lets through what happened within the window, `since` ≤ t ≤ `until`, compared in nanoseconds. It only
 * selects: events need not be in order of time, and {@link takeUntilTime} is what ends a stream.
 *
 * Memory: none.
 *
 * @throws RangeError at the call when `since` is after `until`, or one of them is no bigint
 */
export function timeWindow<T extends Timed>({ since, until }: TimeWindow): MonoTypeOperatorFunction<T> {
  if (since !== undefined) checkInstant('since', since);
  if (until !== undefined) checkInstant('until', until);
  if (since !== undefined && until !== undefined && since > until) {
    throw new RangeError(`'since' time cannot be after 'until' time (since ${since} ns, until ${until} ns)`);
  }
  return filter(
    ({ timeNano }) =>
      (since === undefined || timeNano >= since) && (until === undefined || timeNano <= until),
  );
}
