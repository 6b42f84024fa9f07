/** Podman: follows `/libpod/events` of its service, rootful or rootless. */
import { dockerControl } from '../docker/control.ts';
import type { Engine } from '../engine.ts';
import { endpointOf, type HttpAddress } from '../http-client.ts';
import { isRemote, remoteAddress } from '../remote.ts';
import { socketPath } from '../unix-endpoint.ts';
import { DEFAULT_SOCKET, podmanPlaces } from './places.ts';
import { connectPodman, libpodVersion } from './session.ts';

/** Command that runs on the other host of `ssh://`. */
const DIAL = ['podman', 'system', 'dial-stdio'];

function addressOf(endpoint: string): HttpAddress {
  return isRemote(endpoint) ? remoteAddress(endpoint, DIAL) : socketPath(endpoint);
}

/** Version of Docker's API for requests to Podman's compatible API: since Podman 3. */
const COMPATIBLE = '1.40';

export const podman: Engine = {
  name: 'podman',
  defaultEndpoint: `unix://${DEFAULT_SOCKET}`,
  detect: podmanPlaces,
  checkEndpoint: (endpoint) => endpointOf(addressOf(endpoint)),
  connect: (endpoint, context) => connectPodman(addressOf(endpoint), context),
  control: (endpoint) =>
    dockerControl(addressOf(endpoint), 'podman', (answer) => {
      libpodVersion(answer);
      return COMPATIBLE;
    }),
};
