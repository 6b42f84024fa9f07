/** Detects containerd: its variable, its own socket, and those of Kubernetes distributions. */
import type { Environment } from '../engine.ts';
import { asText } from '../config-files.ts';
import { isThere } from '../unix-endpoint.ts';

export const DEFAULT_SOCKET = '/run/containerd/containerd.sock';

const SOCKETS = [
  DEFAULT_SOCKET,
  // k3s and RKE2, MicroK8s.
  '/run/k3s/containerd/containerd.sock',
  '/var/snap/microk8s/common/run/containerd.sock',
];

/**
 * The existing endpoints, the likeliest first. `CONTAINERD_ADDRESS` is a path, or `unix://` and a
 * path.
 */
export function containerdPlaces(environment: Environment): readonly string[] {
  const named = asText(environment['CONTAINERD_ADDRESS']);
  const places = [...(named === undefined ? [] : [named]), ...SOCKETS];
  return places.map((place) => (place.startsWith('/') ? `unix://${place}` : place)).filter(isThere);
}
