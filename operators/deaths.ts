import { defer, mergeMap, type OperatorFunction } from 'rxjs';
import type { StateEvent } from './container-state.ts';
import { createExplainer, type Death, type DeathsOptions } from './explain.ts';

/**
 * Emits each death of a container with its cause, as far as the events before it tell: an exit code of 137 is a
 * `docker kill`, the OOM killer, or a stop whose grace ran out, and only the events before it say which. To explain
 * one event at a time without a stream, use `createExplainer`; one death of the past, `explainDeath`.
 *
 * Memory: for each container that runs, up to `limit`, the time of its start and up to 16 events. The death of a
 * container that was forgotten can become `unexplained`.
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
        mergeMap((event) => {
          const found = explainer.explain(event);
          return found?.kind === 'death' ? [found] : [];
        }),
      );
    });
}
