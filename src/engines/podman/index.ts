/** Podman: follows `/libpod/events` of its service, rootful or rootless. */
import { dockerControl } from '../docker/control.ts';
import type { Engine } from '../engine.ts';
import { isSocket, socketPath } from '../unix-endpoint.ts';
import { connectPodman, libpodVersion } from './session.ts';

const DEFAULT_SOCKET = '/run/podman/podman.sock';

/** The version of Docker's API that Podman's compatible one is asked in: since Podman 3. */
const COMPATIBLE = '1.40';

export const podman: Engine = {
  name: 'podman',
  defaultEndpoint: `unix://${DEFAULT_SOCKET}`,
  detect: (environment) => {
    const host = environment['CONTAINER_HOST'];
    const runtime = environment['XDG_RUNTIME_DIR'];
    const rootless = runtime === undefined || runtime === '' ? [] : [`${runtime}/podman/podman.sock`];
    const named = host?.startsWith('unix://') === true ? [host.slice('unix://'.length)] : [];
    return [...named, DEFAULT_SOCKET, ...rootless].filter(isSocket).map((path) => `unix://${path}`);
  },
  checkEndpoint: (endpoint) => `unix://${socketPath(endpoint)}`,
  connect: (endpoint, context) => connectPodman(socketPath(endpoint), context),
  control: (endpoint) =>
    dockerControl(socketPath(endpoint), 'podman', (answer) => {
      libpodVersion(answer);
      return COMPATIBLE;
    }),
};
