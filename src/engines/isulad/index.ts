/** iSulad: follows its gRPC events on a Unix socket. */
import { defer, mergeMap } from 'rxjs';
import type { Engine, Environment } from '../engine.ts';
import { lazyControl } from '../lazy-control.ts';
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
  control: (endpoint) =>
    lazyControl(
      async () => {
        const { isuladControl } = await import('./control.ts');
        return isuladControl(socketPath(endpoint));
      },
      // None of iSulad's events is about a removal (`events_type_t`).
      { reportsRemovals: false },
    ),
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
