import { defer, filter, map, type OperatorFunction } from 'rxjs';
import type { StateEvent } from './container-state.ts';
import { createExplainer, type Death, type DeathsOptions } from './explain.ts';

/**
 * Emits each death of a container with its cause, derived from the events before it. An exit code
 * of 137 can mean a `docker kill`, the OOM killer, or a stop after its grace period; only earlier
 * events distinguish these. To explain events one at a time without a stream, use
 * `createExplainer`; for one past death, `explainDeath`.
 *
 * Memory: for each running container, up to `limit`, its start time and up to 16 events. The death
 * of a dropped container can become `unexplained`.
 *
 * @throws RangeError at the call if `limit` is not a whole number of 1 or more
 * @example
 * events.pipe(deaths(), filter(({ alarming }) => alarming)).subscribe(({ name, summary }) => console.log(name, summary))
 */
export function deaths<T extends StateEvent>(options: DeathsOptions = {}): OperatorFunction<T, Death<T>> {
  const { seed = [], ...bounds } = options;
  createExplainer(bounds);
  // Held as a list: an iterator could be read only once, and there may be many subscribers.
  const known = [...seed];
  return (source) =>
    defer(() => {
      const explainer = createExplainer<T>({ ...bounds, seed: known });
      return source.pipe(
        map((event) => explainer.explain(event)),
        filter((found) => found?.kind === 'death'),
      );
    });
}
