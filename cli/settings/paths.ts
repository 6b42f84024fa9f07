/** Default directories. */
import { accessSync, constants, existsSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Io } from '../io.ts';

/** The socket's name in the state directory. */
export const SOCKET_NAME = 'tidings.sock';

/** The state directory of root's daemon. */
const SYSTEM = '/run/tidings';

type Place = Pick<Io, 'env' | 'uid'>;

/** Sockets and the FIFO: `/run/tidings` for root, `$XDG_RUNTIME_DIR/tidings` for others. */
export function defaultStateDir({ env, uid }: Place): string {
  if (uid === 0) return SYSTEM;
  const runtime = env['XDG_RUNTIME_DIR'];
  if (runtime) return join(runtime, 'tidings');
  const usual = `/run/user/${uid}`;
  return existsSync(usual) ? join(usual, 'tidings') : join(tmpdir(), `tidings-${uid}`);
}

/**
 * The same for a client: the directory of this user's daemon, or that of the system's daemon if only
 * that one is there and this user may connect to it, as a member of its group.
 */
export function clientStateDir(place: Place): string {
  const own = defaultStateDir(place);
  if (existsSync(join(own, SOCKET_NAME))) return own;
  try {
    accessSync(join(SYSTEM, SOCKET_NAME), constants.R_OK | constants.W_OK);
    return SYSTEM;
  } catch {
    return own;
  }
}

/** The journal: `/var/lib/tidings` for root, `$XDG_STATE_HOME/tidings` for others. */
export function defaultDataDir({ env, uid }: Place): string {
  if (uid === 0) return '/var/lib/tidings';
  return join(env['XDG_STATE_HOME'] || join(homeOf(env), '.local/state'), 'tidings');
}

/**
 * The config file: `/etc/tidings/config.yaml` for root, `$XDG_CONFIG_HOME/tidings/config.yaml` for
 * others.
 */
export function configFile({ env, uid }: Place): string {
  const directory = uid === 0 ? '/etc' : env['XDG_CONFIG_HOME'] || join(homeOf(env), '.config');
  return join(directory, 'tidings/config.yaml');
}

function homeOf(env: Place['env']): string {
  return env['HOME'] || homedir();
}
