/** Answers to `docker version` and `docker info`. */
import { arch, cpus, hostname, machine, release, totalmem, type } from 'node:os';
import * as instant from '../../instant.ts';
import type { ServerContext } from '../context.ts';
import { API_VERSION, MIN_API_VERSION, OS } from './api.ts';

/** Go's names of architectures that Node names differently. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' };

/** Makes the body of `GET /version`. Clients look for a component of this name. */
export function versionBody({ version }: Pick<ServerContext, 'version'>): object {
  const details = {
    ApiVersion: API_VERSION,
    MinAPIVersion: MIN_API_VERSION,
    Os: OS,
    Arch: ARCHITECTURES[arch()] ?? arch(),
    KernelVersion: release(),
  };
  return {
    Platform: { Name: 'tidings' },
    Components: [{ Name: 'Engine', Version: version, Details: { ...details, Experimental: 'false' } }],
    Version: version,
    ...details,
  };
}

/**
 * Makes the body of `GET /info`: this machine, the followed engines, and their counts of
 * containers.
 */
export function infoBody(context: ServerContext): object {
  const { collector, version, engines, now, subscriptions } = context;
  let listeners = 0;
  for (const { open } of subscriptions.status().values()) listeners += open;
  return {
    ID: collector.epoch,
    ...containerCounts(context),
    Name: hostname(),
    ServerVersion: version,
    Labels: engines().map(({ source, state }) => `${source.engine}=${source.endpoint ?? ''} (${state})`),
    NEventsListener: listeners,
    SystemTime: instant.format(now()),
    OperatingSystem: type(),
    OSType: OS,
    KernelVersion: release(),
    Architecture: machine(),
    NCPU: cpus().length,
    MemTotal: totalmem(),
    Swarm: { LocalNodeState: 'inactive' },
    Warnings: ['this is tidings: it serves events, of the engines that its labels name, and nothing else'],
  };
}

function containerCounts({ containers }: ServerContext): object {
  const counts = { Containers: 0, ContainersRunning: 0, ContainersPaused: 0, ContainersStopped: 0 };
  for (const { state, count } of containers.states.counts()) {
    if (state === 'removed') continue;
    counts.Containers += count;
    if (state === 'running') counts.ContainersRunning += count;
    else if (state === 'paused') counts.ContainersPaused += count;
    else counts.ContainersStopped += count;
  }
  return counts;
}
