/** `tidings serve`: the daemon. */
import { once } from 'node:events';
import { basename } from 'node:path';
import type { Command } from 'commander';
import { config, filter } from 'rxjs';
import { type Daemon, type DaemonOptions, DaemonStartError, type Log, startDaemon } from '../../src/index.ts';
import { FileError } from '../../src/internal.ts';
import { EXIT, Failure, usage } from '../exit.ts';
import { besides, type Io } from '../io.ts';
import { createLog, LOG_FORMATS, LOG_LEVELS, type LogFormat, type LogLevel } from '../output/daemon-log.ts';
import { createRenderer, type OutputFlags } from '../render/index.ts';
import { addColourOptions } from '../settings/colour-options.ts';
import { keepHeapSmall } from '../settings/heap.ts';
import { defineLimits } from '../settings/limit-flags.ts';
import { defineRetention } from '../settings/retention-flags.ts';
import { defaultStateDir } from '../settings/paths.ts';
import { readServe, type ServeFlags } from '../settings/daemon-options.ts';
import { repeatable } from '../arguments/repeatable.ts';
import { openTerminal, tail } from '../output/tail.ts';
import { reportReady } from '../output/service-manager.ts';

interface Flags extends ServeFlags, Pick<OutputFlags, 'color' | 'theme'> {
  readonly tail?: boolean;
  readonly all?: boolean;
  readonly logLevel: LogLevel;
  readonly logFormat?: LogFormat;
}

/** Time for the reader of our output to take the last lines: in ms. */
const LAST_LINES_WITHIN = 1000;

const EXAMPLES = `
Examples:
  tidings serve                           the engines of this machine, on the sockets of the default directory
  tidings serve --tail                    the same, and print the events live, as npm start does
  tidings serve --engine none             the monitor FIFO only
  tidings serve --engine process --tail   a few processes as containers, for a demonstration
  tidings serve --rules /etc/tidings/rules.yaml --dry-run
  tidings serve --forward /etc/tidings/forward.yaml
  tidings serve --listen localhost:7777 --insecure-loopback
  tidings serve --engine docker=unix:///run/user/1000/docker.sock --state-dir /tmp/tidings

SIGTERM and SIGINT shut it down: clients get an end, sockets are removed, the exit code is 0.`;

export function define(command: Command, io: Io, exit: (code: number) => void): void {
  command
    .option('--state-dir <dir>', 'directory of its sockets and FIFO (TIDINGS_STATE_DIR)')
    .option('--data-dir <dir>', 'directory of its journal (TIDINGS_DATA_DIR)')
    .option('--no-journal', 'keep nothing on disk: a restart loses all events')
    .addOption(
      command
        .createOption(
          '--durability <what>',
          'recorded events survive: fsync a power cut, os a crash, none neither',
        )
        .choices(['fsync', 'os', 'none'])
        .default('fsync'),
    );
  defineRetention(command);
  command
    .option(
      '--engine <engine>',
      'auto, none, process, or one such as docker or docker=unix:///path (repeatable; default: auto)',
      repeatable,
    )
    .option('--rules <file>', 'carry out these rules; SIGHUP reloads them')
    .option('--dry-run', 'only log the actions of rules')
    .option('--forward <file>', 'forward events to these sinks; SIGHUP reloads them')
    .option('--limit <n>', 'most events held in memory', '100000')
    .option('--limit-bytes <size>', 'most memory of these events', '64MiB')
    .option('--client-bytes <size>', 'most bytes that wait for all clients together', '64MiB');
  defineLimits(command);
  command
    .option(
      '--listen <host:port>',
      'serve HTTP on TCP too: needs the next three options, or --insecure-loopback',
    )
    .option('--tls-cert <file>', 'TLS certificate, PEM')
    .option('--tls-key <file>', 'key of the certificate, PEM')
    .option('--token-file <file>', 'token that clients must send as "Authorization: Bearer …"')
    .option('--insecure-loopback', 'allow every user of this machine on a loopback address')
    .option('--tail', 'also print the events, in colour on a terminal')
    .option('-a, --all', 'with --tail on a terminal: show folded events too');
  addColourOptions(command, 'colour of --tail', 'colours of --tail, for a dark or a light terminal');
  command
    .addOption(
      command
        .createOption('--log-level <level>', 'lowest level of messages on stderr')
        .choices(LOG_LEVELS)
        .default('info'),
    )
    .addOption(
      command
        .createOption(
          '--log-format <format>',
          'format of messages (default: text on a terminal and with --tail, else json)',
        )
        .choices(LOG_FORMATS),
    )
    .addHelpText('after', EXAMPLES)
    .action(async (flags: Flags) => exit(await serve(flags, io)));
}

async function serve(flags: Flags, io: Io): Promise<number> {
  // From here on a signal shuts it down in order.
  const { signal } = io;
  keepHeapSmall();
  const options = await readServe(flags, io);
  const people = flags.tail === true || io.stderr.isTTY === true;
  const log = await createLog(flags.logFormat ?? (people ? 'text' : 'json'), flags.logLevel, {
    write: (text) => besides(io, text),
  });
  const daemon = await start({ ...options, demo: flags.tail, log });
  reportReady(io.env, log);
  if (flags.tail === true) log.info({}, nextSteps(options, io));
  // Without a file to reload, SIGHUP ends the daemon.
  const reloads = options.rules !== undefined || options.forward !== undefined;
  const unhook = reloads ? io.onHangup(() => reload(daemon, log)) : undefined;
  const faults = watchFaults(io, log);
  const hurry = new AbortController();
  const printed = flags.tail === true ? print(daemon, flags, io, hurry.signal) : aborted(signal);
  try {
    await Promise.race([aborted(signal), printed, faults.first]);
  } finally {
    unhook?.();
    await end(daemon, log);
  }
  // A stopped terminal (^S) delays the shutdown no longer than any other reader.
  const late = setTimeout(() => hurry.abort(), LAST_LINES_WITHIN);
  // Without --tail there is no output to wait for.
  if (flags.tail === true) await printed;
  clearTimeout(late);
  faults.unhook?.();
  return faults.any ? EXIT.broken : EXIT.done;
}

/**
 * An observer that throws ends its own subscription, and is logged. Any other uncaught error is
 * logged with its origin, and shuts the daemon down in order, as its state is then unknown: exit
 * code 70.
 */
function watchFaults(
  io: Io,
  log: Log,
): { readonly first: Promise<void>; readonly any: boolean; unhook?(): void } {
  config.onUnhandledError = (err: unknown) =>
    log.error({ err }, 'a subscription inside the daemon failed and has ended');
  let any = false;
  let unhook: (() => void) | undefined;
  const first = new Promise<void>((resolve) => {
    unhook = io.onFault?.((err, origin) => {
      any = true;
      log.error({ err, origin }, 'uncaught error: the daemon shuts down');
      resolve();
    });
  });
  return {
    first,
    get any() {
      return any;
    },
    ...(unhook === undefined ? {} : { unhook }),
  };
}

/** Next steps for the user: the commands name the state directory if it is not the default. */
function nextSteps({ stateDir }: DaemonOptions, io: Io): string {
  const command = basename(io.command) === 'tidings' ? 'tidings' : commandLine(io);
  const place = stateDir === defaultStateDir(io) ? '' : ` --state-dir ${stateDir}`;
  return `in another terminal: ${command} ps${place}, or ${command} events -S 10m${place}; Ctrl-C ends this`;
}

/** Of a file that is not on the `PATH` under its name: the single executable, or a script for Node. */
function commandLine({ command }: Io): string {
  return command === process.execPath ? command : `node ${command}`;
}

async function start(options: Parameters<typeof startDaemon>[0]): Promise<Daemon> {
  try {
    return await startDaemon(options);
  } catch (error) {
    if (!(error instanceof DaemonStartError)) throw error;
    if (error.cause instanceof FileError) throw usage(error.message, error);
    const hint = error.held ? `; 'tidings events --state-dir ${options.stateDir}' prints its events` : '';
    throw new Failure(EXIT.unavailable, error.message + hint, { cause: error });
  }
}

/**
 * Prints all events from the first one on, until the daemon has shut down or the reader has gone.
 * The last events arrive during the shutdown, so this outlives the signal.
 */
async function print(daemon: Daemon, flags: Flags, io: Io, signal: AbortSignal): Promise<void> {
  const renderer = await createRenderer({ output: 'text', color: flags.color, theme: flags.theme }, io);
  const look = { all: flags.all === true, last: undefined, follows: true, now: io.now };
  const terminal = io.stdout.isTTY === true ? await openTerminal(renderer, look) : undefined;
  const frames = daemon.collector.frames;
  await tail({
    // The command itself reports the end.
    frames: ({ paused }) =>
      frames({ cursor: daemon.begin }, { paused }).pipe(filter(({ kind }) => kind !== 'end')),
    renderer,
    io,
    endless: true,
    terminal,
    signal,
  });
}

function reload(daemon: Daemon, log: Log): void {
  const attempts = {
    rules: () => daemon.reloadRules(),
    forwarders: () => daemon.reloadForwarders(),
  };
  for (const [name, attempt] of Object.entries(attempts)) {
    try {
      attempt();
    } catch (error) {
      log.error({}, `the ${name} are unchanged: ${(error as Error).message}`);
    }
  }
}

async function end(daemon: Daemon, log: Log): Promise<void> {
  log.info({}, 'shutting down: clients get their pending events');
  await daemon.close();
  log.info({}, 'ended');
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}
