/** Docker: follows `/events` of a daemon on a Unix socket, on TCP, or by SSH. */
import type { Observable } from 'rxjs';
import type { IncomingEvent } from '../../event.ts';
import type { Engine, FollowOptions } from '../engine.ts';
import { followEngine } from '../follow.ts';
import { endpointOf, type HttpAddress } from '../http-client.ts';
import { isRemote, remoteAddress } from '../remote.ts';
import { socketPath } from '../unix-endpoint.ts';
import { contextTls } from './contexts.ts';
import { dockerControl } from './control.ts';
import { DEFAULT_SOCKET, dockerPlaces } from './places.ts';
import { connectDocker } from './session.ts';

/** Command that runs on the other host of `ssh://`. */
const DIAL = ['docker', 'system', 'dial-stdio'];

function addressOf(endpoint: string): HttpAddress {
  if (!isRemote(endpoint)) return socketPath(endpoint);
  return remoteAddress(endpoint, DIAL, process.env, contextTls(endpoint, process.env));
}

export const docker: Engine = {
  name: 'docker',
  defaultEndpoint: `unix://${DEFAULT_SOCKET}`,
  detect: dockerPlaces,
  checkEndpoint: (endpoint) => endpointOf(addressOf(endpoint)),
  connect: (endpoint, context) => connectDocker(addressOf(endpoint), 'docker', context),
  control: (endpoint) => dockerControl(addressOf(endpoint)),
};

/**
 * Follows a Docker daemon (20.10 and older to 29; newer ones if they speak API 1.54 or older): see
 * `followEngine`.
 *
 * @throws RangeError at the call if the endpoint is invalid
 *
 * @example
 * followDocker({ endpoint: 'unix:///run/docker.sock' }).subscribe(({ action, name }) => console.log(action, name));
 */
export function followDocker(options: Partial<FollowOptions> = {}): Observable<IncomingEvent> {
  return followEngine(docker, { endpoint: docker.defaultEndpoint, ...options });
}
