/** The version of Docker's API, which clients ask for first. */
import type { ServerContext } from '../context.ts';
import { HttpError } from '../http/http-answer.ts';
import type { Exchange, PathHandler } from '../protocol.ts';

/** The versions stated to clients. Older clients ask in their own version. */
export const API_VERSION = '1.54';
export const MIN_API_VERSION = '1.44';

/** The first version whose events have no `status`, `id` and `from` (moby, `system_routes.go`). */
const PLAIN = '1.52';

/** The oldest version that is answered, below the stated minimum: its events have all later fields. */
const OLDEST = '1.12';

/** Docker's name of this operating system. */
export const OS = 'linux';

/** Headers of every answer; clients choose their version by the first. */
export function apiHeaders({ version }: Pick<ServerContext, 'version'>): Readonly<Record<string, string>> {
  return {
    'Api-Version': API_VERSION,
    'Docker-Experimental': 'false',
    Ostype: OS,
    Server: `tidings/${version} (${OS})`,
  };
}

/** Makes a route of Docker's API, with and without a version prefix. */
export function routes({ methods, path, handle }: PathHandler): readonly PathHandler[] {
  const versioned = (exchange: Exchange): void | Promise<void> => {
    checkVersion(exchange.params['version'] ?? '');
    return handle(exchange);
  };
  return [
    { methods, path, handle },
    { methods, path: `/v:version(^\\d+\\.\\d+$)${path}`, handle: versioned },
  ];
}

/** Tests whether a client gets the old fields. Without a version it may be a very old one. */
export function hasLegacyFields({ params }: Exchange): boolean {
  const version = params['version'];
  return version === undefined || compare(version, PLAIN) < 0;
}

/** @throws HttpError in Docker's words if the version is not supported */
function checkVersion(version: string): void {
  if (compare(version, API_VERSION) > 0) {
    throw new HttpError(
      400,
      `client version ${version} is too new. Maximum supported API version is ${API_VERSION}`,
    );
  }
  if (compare(version, OLDEST) < 0) {
    throw new HttpError(
      400,
      `client version ${version} is too old. Minimum supported API version is ${OLDEST}, please upgrade your client to a newer version`,
    );
  }
}

/** Compares versions of the form MAJOR.MINOR. */
function compare(a: string, b: string): number {
  const [aMajor = 0, aMinor = 0] = a.split('.').map(Number);
  const [bMajor = 0, bMinor = 0] = b.split('.').map(Number);
  return aMajor - bMajor || aMinor - bMinor;
}
