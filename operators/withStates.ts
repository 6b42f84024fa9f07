import { defer, map, type OperatorFunction } from 'rxjs';
import type { ContainerState, StateEvent } from './container-state.ts';
import { createStateTable, type StateTableOptions } from './state-table.ts';
import { containerKey, stateKey } from './container-key.ts';

/** An event, and its container's state before and after it. */
export interface WithState<T> {
  readonly event: T;
  /** The state after the event; undefined if the event does not concern a container. */
  readonly state: ContainerState | undefined;
  /** The state before the event; undefined if nothing was known. */
  readonly before: ContainerState | undefined;
}

/**
 * Pairs each event with its container's state after and before it, in one pass, so that event and
 * state always belong together.
 *
 * Memory: for each subscriber up to `limit` states (default 10,000).
 *
 * @throws RangeError at the call if a bound is invalid
 * @example
 * events.pipe(withStates(), filter(({ state, before }) => state?.health === 'unhealthy' && before?.health !== 'unhealthy'))
 */
export function withStates<T extends StateEvent>(
  options: StateTableOptions = {},
): OperatorFunction<T, WithState<T>> {
  const { seed = [], ...bounds } = options;
  createStateTable(bounds);
  const known = [...seed];
  return (source) =>
    defer(() => {
      const table = createStateTable({ ...bounds, seed: known });
      return source.pipe(
        map((event): WithState<T> => {
          if (event.type !== 'container') return { event, state: undefined, before: undefined };
          const before = stateOf(event);
          // A state dropped to make room belongs to another container.
          const key = containerKey(event);
          const state = table.fold(event).find((each) => stateKey(each) === key) ?? before;
          return { event, state, before };
        }),
      );
      function stateOf({ id, source }: T): ContainerState | undefined {
        return source === undefined ? table.get(id) : table.get(id, source.engine, source.id);
      }
    });
}
