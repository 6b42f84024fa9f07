/** `tidings serve`: the daemon. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { filter } from 'rxjs';
import {
  checkTcp,
  chooseEngines,
  type Daemon,
  DaemonStartError,
  type Durability,
  instant,
  type Log,
  startDaemon,
  type TcpOptions,
} from '../../src/index.ts';
import { EXIT, Failure, readOption, usage } from '../exit.ts';
import type { Io } from '../io.ts';
import { createLog, LOG_FORMATS, LOG_LEVELS, type LogFormat, type LogLevel } from '../log.ts';
import { createRenderer, type OutputFlags } from '../render/index.ts';
import { settleDirectories } from '../settings.ts';
import { parseSize } from '../size.ts';
import { several } from '../several.ts';
import { tail } from '../tail.ts';

interface Flags extends Pick<OutputFlags, 'color'> {
  readonly stateDir?: string;
  readonly dataDir?: string;
  readonly engine?: readonly string[];
  readonly journal: boolean;
  readonly durability: Durability;
  readonly retainAge: string;
  readonly retainSize: string;
  readonly limit: string;
  readonly maxSubscriptions: string;
  readonly listen?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tokenFile?: string;
  readonly insecureLoopback?: boolean;
  readonly tail?: boolean;
  readonly logLevel: LogLevel;
  readonly logFormat?: LogFormat;
}

const EXAMPLES = `
Examples:
  tidings serve                           the engines of this machine, on the sockets of the default directory
  tidings serve --tail                    the same, and what happens as it happens: what npm start runs
  tidings serve --engine none             the monitor FIFO alone
  tidings serve --engine process --tail   a few processes as containers, to see what it does
  tidings serve --listen localhost:7777 --insecure-loopback
  tidings serve --engine docker=unix:///run/user/1000/docker.sock --state-dir /tmp/tidings

SIGTERM and SIGINT end it: every client is told, sockets are removed, exit code 0.`;

export function define(command: Command, io: Io, exit: (code: number) => void): void {
  command
    .option('--state-dir <dir>', 'where its sockets and FIFO are (TIDINGS_STATE_DIR)')
    .option('--data-dir <dir>', 'where its journal is (TIDINGS_DATA_DIR)')
    .option('--no-journal', 'keep nothing on disk: a restart forgets everything')
    .addOption(
      new Option('--durability <what>', 'what a recorded event survives: a power cut, a crash, neither')
        .choices(['fsync', 'os', 'none'])
        .default('fsync'),
    )
    .option('--retain-age <duration>', 'how long events are kept', '7d')
    .option('--retain-size <size>', 'how much disk they take at most', '1GiB')
    .option(
      '--engine <engine>',
      'auto, none, process, or one such as docker or docker=unix:///path (repeatable; default: auto)',
      several,
    )
    .option('--limit <n>', 'how many of the newest events are held in memory', '100000')
    .option('--max-subscriptions <n>', 'how many clients may follow at a time', '4096')
    .option('--listen <host:port>', 'HTTP on TCP too: needs the next three, or --insecure-loopback')
    .option('--tls-cert <file>', 'its certificate, PEM')
    .option('--tls-key <file>', 'the key of that, PEM')
    .option('--token-file <file>', 'holds what clients must send as "Authorization: Bearer …"')
    .option('--insecure-loopback', 'listen on a loopback address for every user of this machine')
    .option('--tail', 'also print the events here, in colour on a terminal')
    .addOption(
      new Option('--color <when>', 'colour of --tail').choices(['auto', 'always', 'never']).default('auto'),
    )
    .addOption(
      new Option('--log-level <level>', 'what is said on stderr').choices(LOG_LEVELS).default('info'),
    )
    .addOption(
      new Option('--log-format <format>', 'default: text on a terminal and with --tail, else json').choices(
        LOG_FORMATS,
      ),
    )
    .addHelpText('after', EXAMPLES)
    .action(async (flags: Flags) => exit(await serve(flags, io)));
}

async function serve(flags: Flags, io: Io): Promise<number> {
  const engines = flags.engine ?? [];
  readOption('--engine', () => chooseEngines(engines, io.env));
  const limit = wholeNumber('--limit', flags.limit, 2 ** 24);
  const maxSubscriptions = wholeNumber('--max-subscriptions', flags.maxSubscriptions, 2 ** 20);
  const retainAge = instant.toMillis(
    readOption('--retain-age', () => instant.parseDuration(flags.retainAge)),
  );
  if (retainAge < 1000) throw usage(`--retain-age: ${flags.retainAge} is too short: 1s or more`);
  const retainSize = readOption('--retain-size', () => parseSize(flags.retainSize));
  if (retainSize < 2 ** 20) throw usage(`--retain-size: ${flags.retainSize} is too small: 1MiB or more`);
  const tcp = readTcp(flags);
  const directories = await settleDirectories(flags, io);
  const { stateDir } = directories;
  const dataDir = flags.journal ? directories.dataDir : undefined;
  const { durability } = flags;
  const people = flags.tail === true || io.stderr.isTTY === true;
  const log = await createLog(flags.logFormat ?? (people ? 'text' : 'json'), flags.logLevel, io.stderr);
  const daemon = await start({
    ...{ stateDir, dataDir, durability, retainAge, retainSize },
    ...{ engines, limit, maxSubscriptions, tcp, log, env: io.env },
  });
  const printed = flags.tail === true ? print(daemon, flags, io) : undefined;
  await Promise.race([aborted(io.signal), ...(printed === undefined ? [] : [printed])]);
  await end(daemon, log);
  await printed;
  return EXIT.done;
}

async function start(options: Parameters<typeof startDaemon>[0]): Promise<Daemon> {
  try {
    return await startDaemon(options);
  } catch (error) {
    if (error instanceof DaemonStartError)
      throw new Failure(EXIT.unavailable, error.message, { cause: error });
    throw error;
  }
}

/** Everything from the first event on, until the daemon has ended or nobody reads any more. */
async function print(daemon: Daemon, flags: Flags, io: Io): Promise<void> {
  const renderer = createRenderer({ output: 'text', color: flags.color }, io);
  const frames = daemon.collector.frames;
  await tail({
    // That it ends is no news here.
    frames: ({ paused }) =>
      frames({ cursor: daemon.begin }, { paused }).pipe(filter(({ kind }) => kind !== 'end')),
    renderer,
    io,
    endless: true,
    // The last events come while the daemon ends.
    signal: new AbortController().signal,
  });
}

async function end(daemon: Daemon, log: Log): Promise<void> {
  log.info({}, 'ending: every client gets what is due');
  await daemon.close();
  log.info({}, 'ended');
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}

/** What is asked of TCP; what is not safe is refused here, before anything starts. */
function readTcp({ listen, tlsCert, tlsKey, tokenFile, insecureLoopback }: Flags): TcpOptions | undefined {
  if (listen === undefined) {
    const others = { tlsCert, tlsKey, tokenFile, insecureLoopback };
    const given = Object.entries(others).find(([, value]) => value !== undefined)?.[0];
    if (given === undefined) return undefined;
    const flag = given.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    throw usage(`--${flag} is about TCP: say where with --listen, such as --listen localhost:7777`);
  }
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    throw usage('--tls-cert and --tls-key belong together: give both');
  }
  const tls =
    tlsCert === undefined || tlsKey === undefined
      ? undefined
      : { cert: readFile('--tls-cert', tlsCert), key: readFile('--tls-key', tlsKey) };
  const token =
    tokenFile === undefined ? undefined : readFile('--token-file', tokenFile).toString('utf8').trim();
  const tcp: TcpOptions = { address: listen, tls, token, insecureLoopback };
  readOption('--listen', () => checkTcp(tcp));
  return tcp;
}

function readFile(flag: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw usage(`${flag}: ${(cause as Error).message}`, cause);
  }
}

function wholeNumber(flag: string, text: string, largest: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= largest) return value;
  throw usage(`${flag}: invalid number '${text.slice(0, 80)}': a whole number from 1 to ${largest}`);
}
