/** Docker: follows `/events` of a daemon on its Unix socket. */
import type { Observable } from 'rxjs';
import type { IncomingEvent } from '../../event.ts';
import type { Engine, FollowOptions } from '../engine.ts';
import { followEngine } from '../follow.ts';
import { isSocket, socketPath } from '../unix-endpoint.ts';
import { dockerControl } from './control.ts';
import { connectDocker } from './session.ts';

const DEFAULT_SOCKET = '/var/run/docker.sock';

export const docker: Engine = {
  name: 'docker',
  defaultEndpoint: `unix://${DEFAULT_SOCKET}`,
  detect: (environment) => {
    const host = environment['DOCKER_HOST'];
    const runtime = environment['XDG_RUNTIME_DIR'];
    const rootless = runtime === undefined || runtime === '' ? [] : [`${runtime}/docker.sock`];
    const named = host?.startsWith('unix://') === true ? [host.slice('unix://'.length)] : [];
    // Docker's own client would use the first alone; here, every daemon of the machine is of interest.
    return [...named, DEFAULT_SOCKET, ...rootless].filter(isSocket).map((path) => `unix://${path}`);
  },
  checkEndpoint: (endpoint) => `unix://${socketPath(endpoint)}`,
  connect: (endpoint, context) => connectDocker(socketPath(endpoint), 'docker', context),
  control: (endpoint) => dockerControl(socketPath(endpoint)),
};

/**
 * Follows a Docker daemon (20.10 and older to 28; newer ones as long as they speak API 1.51 or older): see
 * `followEngine`.
 *
 * @throws RangeError at the call if the endpoint is not a Unix socket's
 */
export function followDocker(options: Partial<FollowOptions> = {}): Observable<IncomingEvent> {
  return followEngine(docker, { endpoint: docker.defaultEndpoint, ...options });
}
