/** Detects Podman's service: variables, connections, machines, and the sockets of users. */
import type { Environment } from '../engine.ts';
import { asRecord, asText, entriesOf, jsonFile, textFile } from '../config-files.ts';
import { isRemote } from '../remote.ts';
import { isThere } from '../unix-endpoint.ts';

export const DEFAULT_SOCKET = '/run/podman/podman.sock';

/**
 * The existing endpoints, the likeliest first: `CONTAINER_HOST`, then the sockets of this machine.
 */
export function podmanPlaces(environment: Environment): readonly string[] {
  const host = asText(environment['CONTAINER_HOST']);
  const runtime = asText(environment['XDG_RUNTIME_DIR']);
  const home = asText(environment['HOME']);
  const sockets = [
    DEFAULT_SOCKET,
    ...(runtime === undefined ? [] : [`${runtime}/podman/podman.sock`]),
    ...(process.getuid?.() === 0 ? entriesOf('/run/user').map((each) => `${each}/podman/podman.sock`) : []),
    ...(home === undefined ? [] : machines(home)),
  ];
  return [
    ...(host === undefined ? [] : [withoutPath(host)]),
    ...sockets.map((path) => `unix://${path}`),
    // Remote hosts of connections are not on this machine.
    ...(home === undefined ? [] : connections(environment, home)).filter((endpoint) => !isRemote(endpoint)),
  ].filter(isThere);
}

/**
 * Removes the path of `ssh://host/run/podman/podman.sock`: `podman system dial-stdio` finds its
 * socket by itself.
 */
function withoutPath(endpoint: string): string {
  return endpoint.replace(/^(ssh:\/\/[^/]+)\/.*$/, '$1');
}

function machines(home: string): readonly string[] {
  const folder = `${home}/.local/share/containers/podman/machine`;
  return [`${folder}/podman.sock`, ...entriesOf(folder).map((each) => `${each}/podman.sock`)];
}

/** The file of root's connections: Podman 4.3 writes them there as root. */
const OF_SYSTEM = '/etc/containers/containers.conf';

/**
 * Connections as in `podman system connection list`: a JSON file since Podman 5, a TOML file
 * before, which the variable `CONTAINERS_CONF` can name.
 */
function connections(environment: Environment, home: string): readonly string[] {
  const folder = `${asText(environment['XDG_CONFIG_HOME']) ?? `${home}/.config`}/containers`;
  const { Connections: known } = asRecord(
    asRecord(jsonFile(`${folder}/podman-connections.json`))['Connection'],
  );
  const newer = Object.values(asRecord(known)).flatMap((each) => asText(asRecord(each)['URI']) ?? []);
  const own = asText(environment['CONTAINERS_CONF']);
  const files = own === undefined ? [`${folder}/containers.conf`, OF_SYSTEM] : [own];
  const older = files.flatMap((file) => [...textFile(file).matchAll(/^\s*uri\s*=\s*"([^"\n]+)"/gm)]);
  return [...newer, ...older.map(([, uri = '']) => uri)];
}
