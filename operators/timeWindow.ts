import { filter, type MonoTypeOperatorFunction } from 'rxjs';
import { checkInstant } from './check.ts';
import type { Timed } from './shapes.ts';

/** A window of time: both ends are inclusive; a missing end leaves it open. */
export interface TimeWindow {
  /** First instant: nanoseconds since the Unix epoch. */
  readonly since?: bigint | undefined;
  /** Last instant: nanoseconds since the Unix epoch. */
  readonly until?: bigint | undefined;
}

/**
 * Selects events within the window, `since` ≤ t ≤ `until`, compared in nanoseconds. It only
 * selects: events need not be in order of time. Use {@link takeUntilTime} to end a stream.
 *
 * Memory: none.
 *
 * @throws RangeError at the call if `since` is after `until`, or one of them is not a bigint
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
