/** Adds descriptions to a list of containers. */
import {
  asyncScheduler,
  catchError,
  EMPTY,
  filter,
  from,
  map,
  mergeMap,
  type Observable,
  of,
  type SchedulerLike,
  timeout,
  toArray,
} from 'rxjs';
import type { ContainerState } from '../../operators/container-state.ts';
import type { Inspected } from './control.ts';
import { LabelRoom } from './label-room.ts';

/** Most containers inspected, as many as there are states, and at a time. */
const MOST = 10_000;
const AT_ONCE = 16;

/** Longest silence of the engine, after which the others stay without: in ms. */
const SILENCE = 15_000;

type Answer = readonly [id: string, found: Inspected | undefined];

/**
 * Inspects the containers of a list, running ones first. Containers that are gone meanwhile are left
 * out; those that were not inspected have what the list states, and are partial. The described ones
 * come last: in a full table, later states replace earlier ones.
 *
 * @param inspect emits undefined if there is no such container
 * @param scheduler the clock of the silence
 */
export function describeListed(
  listed: readonly ContainerState[],
  inspect: (id: string) => Observable<Inspected | undefined>,
  scheduler: SchedulerLike = asyncScheduler,
): Observable<readonly Inspected[]> {
  const ordered = listed.toSorted((a, b) => Number(b.state === 'running') - Number(a.state === 'running'));
  const room = new LabelRoom();
  const answers = from(ordered.slice(0, MOST)).pipe(
    mergeMap(
      ({ id }) =>
        inspect(id).pipe(
          map((found): Answer => [id, found && room.fit(found)]),
          // The list has most of the fields.
          catchError(() => of(undefined)),
        ),
      AT_ONCE,
    ),
    timeout({ each: SILENCE, scheduler, with: () => EMPTY }),
    filter((answer) => answer !== undefined),
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
