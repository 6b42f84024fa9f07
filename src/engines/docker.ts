/** Docker: follows `/events` of a daemon on its Unix socket. */
import { asyncScheduler, defer, type Observable } from 'rxjs';
import { nowNano } from '../clock.ts';
import type { EventSource, IncomingEvent } from '../event.ts';
import { dockerApi } from './docker/api.ts';
import { dockerControl } from './docker/control.ts';
import { follow } from './docker/follow.ts';
import type { Engine, EngineState, FollowOptions } from './engine.ts';
import { isSocket, socketPath } from './unix-endpoint.ts';

const DEFAULT_SOCKET = '/var/run/docker.sock';

/**
 * Follows a Docker daemon (20.10 and older to 28; newer ones as long as they speak API 1.51 or older): what it
 * still holds, then live, reconnecting for ever. Cold; it never errors and never completes. What Docker lost is an
 * event of type `daemon`, action `gap`.
 *
 * @throws RangeError at the call when the endpoint is no Unix socket's
 */
export function followDocker(options: Partial<FollowOptions> = {}): Observable<IncomingEvent> {
  const { endpoint = `unix://${DEFAULT_SOCKET}`, onStatus, clock: now = nowNano } = options;
  const { resume, history = true, scheduler = asyncScheduler } = options;
  const path = socketPath(endpoint);
  const source: EventSource = { engine: 'docker', endpoint: `unix://${path}` };
  const api = dockerApi(path, source, now);
  return defer(() => {
    let last = '';
    const onState = (state: EngineState, detail: string, version?: string): void => {
      const latest = `${state} ${detail} ${version}`;
      if (latest !== last) onStatus?.({ source, state, detail, version });
      last = latest;
    };
    return follow(api, { source, resume, history, onState, scheduler, now });
  });
}

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
  follow: followDocker,
  control: (endpoint) => dockerControl(socketPath(endpoint)),
};
