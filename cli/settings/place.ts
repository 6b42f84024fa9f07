/** Address of the daemon: by flag, else environment, else config file, else default. */
import { isAbsolute, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { MAX_SOCKET_PATH, parseEndpoint } from '../../src/internal.ts';
import { type Config, readConfig } from './config-file.ts';
import { readOption, usage } from '../exit.ts';
import { type Io, say } from '../io.ts';
import { clientStateDir, configFile, defaultDataDir, defaultStateDir, SOCKET_NAME } from './paths.ts';

/** The flags for the address. */
export interface PlaceFlags {
  readonly stateDir?: string;
  readonly dataDir?: string;
  readonly host?: string;
}

export interface Directories {
  readonly stateDir: string;
  readonly dataDir: string;
}

export interface Settings extends Directories {
  /** The endpoint to connect to. */
  readonly endpoint: string;
  /** True if `--host`, `TIDINGS_HOST` or the file states it: there is then no fallback. */
  readonly explicitHost: boolean;
  /** Token for a daemon on TCP (TIDINGS_TOKEN). */
  readonly token: string | undefined;
}

/** Adds the flags that every client command has. */
export function addPlaceOptions(command: Command): Command {
  return command
    .option('--state-dir <dir>', "the daemon's state directory, with its socket and FIFO (TIDINGS_STATE_DIR)")
    .option(
      '-H, --host <url>',
      'address of another daemon: unix:///path, http://host:port or https://… (TIDINGS_HOST)',
    );
}

/** Determines the settings. Throws a `Failure` if a value is invalid. */
export async function settle(flags: PlaceFlags, io: Io): Promise<Settings> {
  if (flags.host !== undefined && flags.stateDir !== undefined) {
    throw usage('--host and --state-dir both name the daemon: give one');
  }
  const config = await readConfig(configFile(io), (text) => say(io, text));
  const { stateDir, dataDir } = directories(flags, config, io, clientStateDir(io));
  // A state directory on the command line wins over a host in the environment or the file.
  const host =
    flags.stateDir === undefined ? (flags.host ?? (io.env['TIDINGS_HOST'] || config.host)) : undefined;
  const endpoint = host ?? `unix://${socketIn(stateDir)}`;
  return {
    stateDir,
    dataDir,
    endpoint: readOption('host', () => parseEndpoint(endpoint).text),
    explicitHost: host !== undefined,
    token: io.env['TIDINGS_TOKEN'] || undefined,
  };
}

/** The same for the daemon itself. Throws a `Failure` if a value is invalid. */
export async function settleDirectories(
  flags: Pick<PlaceFlags, 'stateDir' | 'dataDir'>,
  io: Io,
): Promise<Directories> {
  const config = await readConfig(configFile(io), (text) => say(io, text));
  const found = directories(flags, config, io);
  socketIn(found.stateDir);
  return found;
}

function directories(
  flags: PlaceFlags,
  config: Config,
  io: Io,
  stateDirectory: string = defaultStateDir(io),
): Directories {
  const { stateDir, dataDir } = candidatesOf(flags, config, io, stateDirectory);
  return { stateDir: directory(stateDir), dataDir: directory(dataDir) };
}

/** A source of a value, the first one wins: an option, the environment, the file, the default. */
type Candidate = readonly [name: string, value: string | undefined];

function candidatesOf(
  { stateDir, dataDir }: PlaceFlags,
  config: Config,
  io: Io,
  stateDirectory: string,
): Readonly<Record<'stateDir' | 'dataDir', readonly Candidate[]>> {
  const { env } = io;
  return {
    stateDir: [
      ['--state-dir', stateDir],
      ['TIDINGS_STATE_DIR', env['TIDINGS_STATE_DIR']],
      ['state-dir', config['state-dir']],
      ['', stateDirectory],
    ],
    dataDir: [
      ['--data-dir', dataDir],
      ['TIDINGS_DATA_DIR', env['TIDINGS_DATA_DIR']],
      ['data-dir', config['data-dir']],
      ['', defaultDataDir(io)],
    ],
  };
}

/** Each setting, its value, and its source. Throws a `Failure` if a value is invalid. */
export async function sourcesOf(flags: PlaceFlags, io: Io): Promise<(readonly [string, string, string])[]> {
  const file = configFile(io);
  const config = await readConfig(file, (text) => say(io, text));
  const settings = await settle(flags, io);
  const { stateDir, dataDir } = candidatesOf(flags, config, io, clientStateDir(io));
  const named = (name: string): string =>
    name === '' ? 'default' : /^[a-z]/.test(name) ? `${name} in ${file}` : name;
  const host: Candidate[] =
    flags.stateDir === undefined
      ? [
          ['--host', flags.host],
          ['TIDINGS_HOST', io.env['TIDINGS_HOST']],
          ['host', config.host],
        ]
      : [];
  const [hostSource] = chosenOf(host);
  return [
    ['host', settings.endpoint, hostSource === undefined ? 'the state directory' : named(hostSource)],
    ['state-dir', settings.stateDir, named(chosenOf(stateDir)[0] ?? '')],
    ['data-dir', settings.dataDir, named(chosenOf(dataDir)[0] ?? '')],
    [
      'token',
      settings.token === undefined ? 'none' : 'set',
      settings.token === undefined ? 'default' : 'TIDINGS_TOKEN',
    ],
  ];
}

/** The first given value; an empty variable counts as absent. */
function chosenOf(candidates: readonly Candidate[]): readonly [name?: string, value?: string] {
  const found = candidates.find(([, value]) => value !== undefined && value !== '');
  return found === undefined ? [] : [found[0], found[1] ?? ''];
}

function directory(candidates: readonly Candidate[]): string {
  const [flag] = candidates;
  if (flag?.[1] === '') throw usage(`${flag[0]}: must not be empty`);
  const [name = '', value = ''] = chosenOf(candidates);
  // A path on the command line is relative to the current directory; a path in a file must be
  // absolute.
  if (name.startsWith('--')) return resolve(value);
  if (!isAbsolute(value)) throw usage(`${name}: ${JSON.stringify(value)} must be an absolute path`);
  return value;
}

/** The path of the socket; one that is too long is refused here, with a clear message. */
function socketIn(stateDir: string): string {
  const path = join(stateDir, SOCKET_NAME);
  const bytes = Buffer.byteLength(path);
  if (bytes <= MAX_SOCKET_PATH) return path;
  throw usage(
    `state directory too long: its socket ${path} has ${bytes} bytes, a Unix socket's path at most ${MAX_SOCKET_PATH}`,
  );
}
