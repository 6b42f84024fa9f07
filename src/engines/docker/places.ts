/** Detects Docker endpoints: variables, contexts, and the sockets of Docker's desktop variants. */
import type { Environment } from '../engine.ts';
import { asText, entriesOf } from '../config-files.ts';
import { isRemote } from '../remote.ts';
import { isThere } from '../unix-endpoint.ts';
import { dockerContexts } from './contexts.ts';

export const DEFAULT_SOCKET = '/var/run/docker.sock';

/** Socket paths below the home directory: Docker Desktop, colima, OrbStack, Rancher Desktop. */
const OF_HOME = [
  ...[
    '.docker/run/docker.sock',
    '.docker/desktop/docker.sock',
    '.orbstack/run/docker.sock',
    '.rd/docker.sock',
  ],
  ...['.colima/default/docker.sock', '.config/colima/default/docker.sock'],
];

/**
 * The existing endpoints, the likeliest first: `DOCKER_HOST`, the current context, then every
 * socket that a daemon of this machine uses. Docker's own client only uses the first.
 */
export function dockerPlaces(environment: Environment): readonly string[] {
  const host = asText(environment['DOCKER_HOST']);
  const runtime = asText(environment['XDG_RUNTIME_DIR']);
  const home = asText(environment['HOME']);
  const contexts = dockerContexts(environment);
  const sockets = [
    DEFAULT_SOCKET,
    ...(runtime === undefined ? [] : [`${runtime}/docker.sock`]),
    ...(home === undefined ? [] : OF_HOME.map((path) => `${home}/${path}`)),
    ...rootless(),
  ];
  return [
    ...(host === undefined ? [] : [host]),
    ...contexts.filter(({ isCurrent }) => isCurrent).map(({ endpoint }) => endpoint),
    ...sockets.map((path) => `unix://${path}`),
    // Remote hosts of other contexts are not on this machine.
    ...contexts.map(({ endpoint }) => endpoint).filter((endpoint) => !isRemote(endpoint)),
  ].filter(isThere);
}

/** The sockets of other users' daemons, as far as this user may see them. */
function rootless(): readonly string[] {
  return process.getuid?.() === 0 ? entriesOf('/run/user').map((folder) => `${folder}/docker.sock`) : [];
}
