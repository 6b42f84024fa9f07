import { defer, type OperatorFunction } from 'rxjs';
import type { ContainerState, StateEvent } from './container-state.ts';
import { emitting } from './emitting.ts';
import { createStateTable, type StateTableOptions } from './state-table.ts';

/**
 * Folds events into the state of each container: emits a container's whole state whenever an event
 * has changed it, and nothing for events of other objects. See {@link foldState} for the changes.
 *
 * The `seed` holds the states known before, for instance an engine's own list; it is not emitted.
 * To read all states at any time, use {@link createStateTable}, on which this operator is built.
 *
 * Memory: for each subscriber up to `limit` states (default 10,000). An existing container that is
 * dropped to make room is emitted once more, as `unknown`.
 *
 * @throws RangeError at the call if a bound is invalid
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
      const fold = emitting<T, ContainerState>((out) => ({
        next: (event) => {
          for (const state of table.fold(event)) out.next(state);
        },
      }));
      return source.pipe(fold);
    });
}
