/** CRI: follows the runtime of a Kubernetes node, as the kubelet sees it. */
import { defer, mergeMap } from 'rxjs';
import type { Engine } from '../engine.ts';
import { lazyControl } from '../lazy-control.ts';
import { isThere, socketPath } from '../unix-endpoint.ts';

/** containerd serves CRI on its own socket, where it is followed as `containerd` already: CRI only if it is asked for. */
const CONTAINERD = 'unix:///run/containerd/containerd.sock';
const CRIO = 'unix:///run/crio/crio.sock';

export const cri: Engine = {
  name: 'cri',
  defaultEndpoint: CONTAINERD,
  detect: () => [CRIO].filter(isThere),
  checkEndpoint: (endpoint) => `unix://${socketPath(endpoint)}`,
  connect: (endpoint, context) =>
    defer(() => import('./session.ts')).pipe(
      mergeMap(({ connectCri }) => connectCri(socketPath(endpoint), context)),
    ),
  control: (endpoint) =>
    lazyControl(async () => {
      const { criControl } = await import('./control.ts');
      return criControl(socketPath(endpoint));
    }),
};
