/** A control whose module is loaded with the first question: a gRPC client is large. */
import { defer, mergeMap, type Observable } from 'rxjs';
import type { EngineControl } from './control.ts';

/** @param facts properties that are known before */
export function lazyControl(
  load: () => Promise<EngineControl>,
  facts: Pick<EngineControl, 'reportsRemovals'> = {},
): EngineControl {
  const ask = <T>(question: (control: EngineControl) => Observable<T>): Observable<T> =>
    defer(load).pipe(mergeMap(question));
  return {
    ...facts,
    list: () => ask((control) => control.list()),
    inspect: (id) => ask((control) => control.inspect(id)),
    start: (id) => ask((control) => control.start(id)),
    restart: (id, grace) => ask((control) => control.restart(id, grace)),
    remove: (id, force) => ask((control) => control.remove(id, force)),
  };
}
