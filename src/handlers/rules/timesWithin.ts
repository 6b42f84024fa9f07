import { defer, filter, type MonoTypeOperatorFunction } from 'rxjs';
import { containerKey } from '../../../operators/container-key.ts';
import { dropOldest } from '../../../operators/drop-oldest.ts';
import type { Described, Named, Sourced, Timed } from '../../../operators/shapes.ts';
import { isRemoval } from '../../../operators/words.ts';

/** Containers that are counted for at a time. */
const CONTAINERS = 10_000;

/** As far as events of one engine slip out of order; beyond it, its clock was set back: in ns. */
const OUT_OF_ORDER = 60_000_000_000n;

/**
 * Lets through what is the nth of one container within so long, by the times that the events state: the nth itself, and then the
 * count begins anew. Times may be out of order by a little; an event that is older than the oldest counted one counts too, if it
 * is within the time of the others.
 *
 * Memory: `times` instants for each of at most 10,000 containers, of which the one that had no event for longest is forgotten.
 *
 * @param times 2 or more
 * @param within nanoseconds
 */
export function timesWithin<T extends Timed & Named & Described & Sourced>(
  times: number,
  within: bigint,
): MonoTypeOperatorFunction<T> {
  return (source) =>
    defer(() => {
      const counted = new Map<string, readonly bigint[]>();
      return source.pipe(
        filter((event) => {
          const key = containerKey(event);
          const before = counted.get(key) ?? [];
          // Times of a clock that was ahead and has been set back since would count for ever.
          const setBack = before.some((instant) => instant - event.timeNano > within + OUT_OF_ORDER);
          const instants = [...(setBack ? [] : before), event.timeNano].sort((a, b) => Number(a - b));
          const newest = instants.at(-1) as bigint;
          const recent = instants.filter((instant) => newest - instant <= within);
          counted.delete(key);
          const met = recent.length >= times;
          if (!met && !isRemoval(event.action)) counted.set(key, recent);
          if (counted.size > CONTAINERS) dropOldest(counted);
          return met;
        }),
      );
    });
}
