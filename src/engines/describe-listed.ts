/** Adds descriptions to a list of containers, for as many of them as an engine can give in time. */
import {
  asyncScheduler,
  catchError,
  EMPTY,
  from,
  map,
  mergeMap,
  type Observable,
  type SchedulerLike,
  takeUntil,
  timer,
  toArray,
} from 'rxjs';
import type { ContainerState } from '../../operators/container-state.ts';
import type { Inspected } from './control.ts';

/** Most containers inspected, as many as there are states, and at a time. */
const MOST = 10_000;
const AT_ONCE = 16;

/** Time for all of them together: in ms. */
const WITHIN = 15_000;

/**
 * Inspects the containers of a list, running ones first. Containers that are gone meanwhile are left
 * out; those that were not inspected have what the list states, and are partial. The described ones
 * come last: in a full table, later states replace earlier ones.
 *
 * @param inspect emits undefined if there is no such container
 * @param scheduler the clock of the time limit
 */
export function describeListed(
  listed: readonly ContainerState[],
  inspect: (id: string) => Observable<Inspected | undefined>,
  scheduler: SchedulerLike = asyncScheduler,
): Observable<readonly Inspected[]> {
  const ordered = listed.toSorted((a, b) => Number(b.state === 'running') - Number(a.state === 'running'));
  const answers = from(ordered.slice(0, MOST)).pipe(
    mergeMap(
      ({ id }) =>
        inspect(id).pipe(
          map((found): readonly [string, Inspected | undefined] => [id, found]),
          // The list has most of the fields.
          catchError(() => EMPTY),
        ),
      AT_ONCE,
    ),
    takeUntil(timer(WITHIN, scheduler)),
    toArray(),
  );
  return answers.pipe(
    map((all) => {
      const known = new Map(all);
      return ordered.toReversed().flatMap((state) => {
        const found = known.get(state.id);
        if (found !== undefined) return [{ ...found, state: { ...state, ...found.state } }];
        return known.has(state.id) ? [] : [{ state, isPartial: true }];
      });
    }),
  );
}
