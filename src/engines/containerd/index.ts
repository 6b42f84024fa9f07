/**
 * containerd: follows the events of all its namespaces, except Docker's while that Docker is
 * followed.
 */
import { defer, mergeMap, type Observable } from 'rxjs';
import type { EngineControl } from '../control.ts';
import type { Engine } from '../engine.ts';
import type { Followed } from '../followed.ts';
import { socketPath } from '../unix-endpoint.ts';
import { containerdPlaces, DEFAULT_SOCKET } from './places.ts';

export const containerd: Engine = {
  name: 'containerd',
  defaultEndpoint: `unix://${DEFAULT_SOCKET}`,
  detect: containerdPlaces,
  checkEndpoint: (endpoint) => `unix://${socketPath(endpoint)}`,
  connect: (endpoint, context) =>
    defer(() => import('./session.ts')).pipe(
      mergeMap(({ connectContainerd }) => connectContainerd(socketPath(endpoint), context)),
    ),
  control: (endpoint, followed) => loadedControl(socketPath(endpoint), followed),
};

/** The gRPC client is large: it is loaded with the first request. */
function loadedControl(path: string, followed: Followed | undefined): EngineControl {
  const ask = <T>(question: (control: EngineControl) => Observable<T>): Observable<T> =>
    defer(() => import('./control.ts')).pipe(
      mergeMap(({ containerdControl }) => question(containerdControl(path, followed))),
    );
  return {
    list: () => ask((control) => control.list()),
    inspect: (id) => ask((control) => control.inspect(id)),
    start: (id) => ask((control) => control.start(id)),
    restart: (id, grace) => ask((control) => control.restart(id, grace)),
    remove: (id, force) => ask((control) => control.remove(id, force)),
  };
}
