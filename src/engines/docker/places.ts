/** Detects Docker endpoints: variables, contexts, and the sockets of Docker's desktop variants. */
import { createHash } from 'node:crypto';
import type { Environment } from '../engine.ts';
import { asRecord, asText, entriesOf, jsonFile } from '../config-files.ts';
import { isRemote } from '../remote.ts';
import { isThere } from '../unix-endpoint.ts';

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
  const contexts = contextsOf(environment);
  const sockets = [
    DEFAULT_SOCKET,
    ...(runtime === undefined ? [] : [`${runtime}/docker.sock`]),
    ...(home === undefined ? [] : OF_HOME.map((path) => `${home}/${path}`)),
    ...rootless(),
  ];
  return [
    ...(host === undefined ? [] : [host]),
    ...contexts.current,
    ...sockets.map((path) => `unix://${path}`),
    // Remote hosts of other contexts are not on this machine.
    ...contexts.others.filter((endpoint) => !isRemote(endpoint)),
  ].filter(isThere);
}

/** The sockets of other users' daemons, as far as this user may see them. */
function rootless(): readonly string[] {
  return process.getuid?.() === 0 ? entriesOf('/run/user').map((folder) => `${folder}/docker.sock`) : [];
}

/** The endpoints of the client's contexts. */
function contextsOf(environment: Environment): {
  readonly current: readonly string[];
  readonly others: readonly string[];
} {
  const folder = asText(environment['DOCKER_CONFIG']) ?? `${environment['HOME'] ?? ''}/.docker`;
  const name =
    asText(environment['DOCKER_CONTEXT']) ?? asText(jsonFile(`${folder}/config.json`)['currentContext']);
  const all = entriesOf(`${folder}/contexts/meta`);
  const hash = name === undefined ? '' : createHash('sha256').update(name).digest('hex');
  const endpoint = (entry: string): readonly string[] => {
    const { Endpoints: endpoints } = jsonFile(`${entry}/meta.json`);
    const host = asText(asRecord(asRecord(endpoints)['docker'])['Host']);
    return host === undefined ? [] : [host];
  };
  const isCurrent = (entry: string): boolean => hash !== '' && entry.endsWith(`/${hash}`);
  return {
    current: all.filter(isCurrent).flatMap(endpoint),
    others: all.filter((entry) => !isCurrent(entry)).flatMap(endpoint),
  };
}
