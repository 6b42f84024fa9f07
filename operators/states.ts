import { defer, mergeMap, type OperatorFunction } from 'rxjs';
import type { ContainerState, StateEvent } from './container-state.ts';
import { createStateTable, type StateTableOptions } from './state-table.ts';

/**
 * Folds events into the state of each container: emits a container's whole state whenever an event has changed
 * it, and nothing for what is no event of a container. See {@link foldState} for what changes what.
 *
 * The `seed` is what is known already, for instance an engine's own list; it is not emitted. To ask for all
 * states at any time, use the {@link createStateTable} that this is made of.
 *
 * Memory: for each subscriber up to `limit` states (default 10,000). One that was forgotten to make room, and
 * was not removed, is emitted once more, as `unknown`.
 *
 * @throws RangeError at the call on bounds that are none
 */
export function states<T extends StateEvent>(
  options: StateTableOptions = {},
): OperatorFunction<T, ContainerState> {
  const { seed = [], ...bounds } = options;
  createStateTable(bounds);
  // Held as a list: an iterator could be read only once, and there may be many subscribers.
  const known = [...seed];
  return (source) =>
    defer(() => {
      const table = createStateTable({ ...bounds, seed: known });
      return source.pipe(mergeMap((event) => table.fold(event)));
    });
}
