/**
 * containerd: follows the events of all its namespaces, except Docker's while that Docker is
 * followed.
 */
import { defer, mergeMap } from 'rxjs';
import type { Engine } from '../engine.ts';
import { lazyControl } from '../lazy-control.ts';
import { socketPath } from '../unix-endpoint.ts';
import { containerdPlaces, DEFAULT_SOCKET } from './places.ts';

export const containerd: Engine = {
  name: 'containerd',
  yieldsTo: 'docker',
  defaultEndpoint: `unix://${DEFAULT_SOCKET}`,
  detect: containerdPlaces,
  checkEndpoint: (endpoint) => `unix://${socketPath(endpoint)}`,
  connect: (endpoint, context) =>
    defer(() => import('./session.ts')).pipe(
      mergeMap(({ connectContainerd }) => connectContainerd(socketPath(endpoint), context)),
    ),
  control: (endpoint, followed) =>
    lazyControl(async () => {
      const { containerdControl } = await import('./control.ts');
      return containerdControl(socketPath(endpoint), followed);
    }),
};
