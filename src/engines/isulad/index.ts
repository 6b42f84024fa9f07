/** iSulad: follows its gRPC events on a Unix socket. */
import { defer, mergeMap, type Observable } from 'rxjs';
import type { EngineControl } from '../control.ts';
import type { Engine, Environment } from '../engine.ts';
import { isThere, socketPath } from '../unix-endpoint.ts';

const DEFAULT_SOCKET = '/var/run/isulad.sock';

export const isulad: Engine = {
  name: 'isulad',
  defaultEndpoint: `unix://${DEFAULT_SOCKET}`,
  detect: isuladPlaces,
  checkEndpoint: (endpoint) => `unix://${socketPath(endpoint)}`,
  connect: (endpoint, context) =>
    defer(() => import('./session.ts')).pipe(
      mergeMap(({ connectIsulad }) => connectIsulad(socketPath(endpoint), context)),
    ),
  control: (endpoint) => loadedControl(socketPath(endpoint)),
};

/** `ISULAD_HOST`, as in iSulad's client, then iSulad's own socket. */
function isuladPlaces({ ISULAD_HOST: host = '' }: Environment): readonly string[] {
  return [...(host === '' ? [] : [host]), `unix://${DEFAULT_SOCKET}`].filter((endpoint) => {
    try {
      return isThere(endpoint);
    } catch {
      return false;
    }
  });
}

/** The gRPC client is large: it is loaded with the first request. */
function loadedControl(path: string): EngineControl {
  const ask = <T>(question: (control: EngineControl) => Observable<T>): Observable<T> =>
    defer(() => import('./control.ts')).pipe(mergeMap(({ isuladControl }) => question(isuladControl(path))));
  return {
    list: () => ask((control) => control.list()),
    inspect: (id) => ask((control) => control.inspect(id)),
    start: (id) => ask((control) => control.start(id)),
    restart: (id, grace) => ask((control) => control.restart(id, grace)),
    remove: (id, force) => ask((control) => control.remove(id, force)),
  };
}
