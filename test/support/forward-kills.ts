/**
 * A daemon that forwards under load, while it and its sink are killed over and over: what arrived,
 * compared with the journal.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { parseCursor } from '../../src/collector/cursor.ts';
import { PositionFile, positionIn } from '../../src/forward/position.ts';
import { journalIn, readJournal } from '../../src/journal.ts';
import { IN_LINE, type MakeServer, type SinkServer } from './sink-servers.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Result of a trial for one sink. */
export interface ForwardKills {
  readonly rounds: number;
  /** Kills of the daemon alone, of the sink alone, and of both at once. */
  readonly kills: Readonly<Record<'daemon' | 'sink' | 'both', number>>;
  /** Events in the journal. */
  readonly recorded: number;
  /** Different events that arrived. */
  readonly delivered: number;
  /** Events of the journal that did not arrive. */
  readonly missing: number;
  /**
   * Those of them that no kill of the server explains: the server had not taken them in its last batch
   * before a kill.
   */
  readonly unexplained: number;
  /** Events that arrived more than once. */
  readonly repeated: number;
  /** Those of them that had been acknowledged before: a violation. */
  readonly wrongly: number;
}

/** First and last number of events that were sent and not acknowledged; empty if the last is smaller. */
type Window = readonly [from: number, to: number];

/** A finished round. */
export interface KillRound {
  /** 1, 2, 3 … */
  readonly round: number;
  /** The sinks whose servers were killed, and `daemon`. */
  readonly killed: readonly string[];
  /** Time from the first deliveries to the kill, in ms. */
  readonly after: number;
  /** The window of each sink that was concerned, at the kill. */
  readonly windows: Readonly<Record<string, Window>>;
}

export interface KillOptions {
  /** A short path. A trial that was interrupted continues in it; it is removed at the end. */
  readonly directory: string;
  readonly rounds: number;
  /** The servers, by sink; one daemon forwards to all of them. */
  readonly servers: Readonly<Record<string, MakeServer>>;
  /** Longest time between the first deliveries of a round and its kill, in ms. */
  readonly life: number;
  /** Rounds that an interrupted trial in this directory has finished. */
  readonly before?: readonly KillRound[];
  /** Called after each round. */
  readonly onRound?: (round: KillRound) => void;
  /** Cancels the trial: it ends its processes, and errors. */
  readonly signal?: AbortSignal;
}

/** Most events of a batch. */
const BATCH = 100;

/** Chance of each server to be killed in a round, and of the daemon. */
const CHANCES = { sink: 0.35, daemon: 0.5 };

/** The killed daemon: it appends events, and writes their count to descriptor 3. */
const DAEMON = `
import { writeSync } from 'node:fs';
import { startDaemon } from './src/daemon/index.ts';
const [, , directory, forward] = process.argv;
const daemon = await startDaemon({ stateDir: directory + '/s', dataDir: directory + '/d', engines: ['none'], forward, durability: 'os', env: {} });
let stopped = false;
process.on('SIGUSR2', () => { stopped = true; });
writeSync(3, 'ready\\n');
const turn = () => {
  const count = stopped ? 0 : 1 + Math.floor(Math.random() * 60);
  const now = BigInt(Date.now()) * 1000000n;
  daemon.collector.append(Array.from({ length: count }, (_, i) => ({
    timeNano: now + BigInt(i), type: 'container', action: i % 2 ? 'die' : 'start', id: 'c' + (i % 9).toString().padStart(63, '0'),
    name: 'web-' + (i % 9), attributes: { image: 'busybox:1', exitCode: '3' }, source: { engine: 'docker' },
  })));
  setTimeout(turn, 10);
};
turn();
import { request } from 'node:http';
setInterval(() => {
  request({ socketPath: directory + '/s/tidings.sock', path: '/v1/forwarders' }, (answer) => {
    let text = '';
    answer.on('data', (chunk) => { text += chunk; });
    answer.on('end', () => writeSync(3, text.trim() + '\\n'));
  }).on('error', () => undefined).end();
}, 100);
`;

interface Running {
  readonly child: ChildProcess;
  /** Resolves once the status of each named forwarder fulfils the condition. */
  until(names: readonly string[], condition: (status: Status) => boolean): Promise<void>;
}

interface Status {
  readonly name: string;
  readonly lag: number;
  readonly sent: number;
  readonly state: string;
}

/** @returns the table of each sink whose server is installed */
export async function forwardKills(options: KillOptions): Promise<ReadonlyMap<string, ForwardKills>> {
  const { directory, rounds, life, before = [], onRound, signal } = options;
  const servers = new Map<string, SinkServer>();
  for (const [name, make] of Object.entries(options.servers)) {
    mkdirSync(join(directory, name), { recursive: true });
    const server = await make(join(directory, name));
    if (server !== undefined) servers.set(name, server);
  }
  const names = [...servers.keys()];
  const dataDir = join(directory, 'd');
  const file = join(directory, 'forward.yaml');
  writeFileSync(file, `forward:\n${[...servers].map(entryOf).join('')}`);
  const begin = async (): Promise<Running> => {
    const running = await start(bundleDaemon(directory), directory, file, signal);
    running.child.stdout?.on('data', (chunk: Buffer) => {
      for (const server of servers.values()) server.daemonOutput?.(chunk);
    });
    return running;
  };
  const windows = new Map(
    names.map((name) => [
      name,
      before.flatMap(({ windows: all }) => (all[name] === undefined ? [] : [all[name]])),
    ]),
  );
  // An interrupted trial was a kill, too.
  for (const name of names) windows.get(name)?.push(windowIn(dataDir, name));
  const done = [...before];
  const sinks = new Map<string, readonly ChildProcess[]>();
  let daemon: Running | undefined;
  try {
    for (const [name, server] of servers) sinks.set(name, await server.start());
    daemon = await begin();
    while (done.length < rounds) {
      await daemon.until(names, ({ sent, state }) => sent > 0 && state === 'ok');
      const after = Math.round(Math.random() * life);
      await delay(after, undefined, { signal });
      const victims = names.filter((name) => sinks.get(name)?.length !== 0 && Math.random() < CHANCES.sink);
      const killsDaemon = victims.length === 0 || Math.random() < CHANCES.daemon;
      const ended = victims.map(async (name) => await end(sinks.get(name) ?? []));
      await Promise.all([...ended, ...(killsDaemon ? [end([daemon.child])] : [])]);
      if (!killsDaemon) await daemon.until(victims, ({ state }) => state === 'retrying');
      const found = (killsDaemon ? names : victims).map((name) => [name, windowIn(dataDir, name)] as const);
      for (const [name, window] of found) windows.get(name)?.push(window);
      for (const name of victims) sinks.set(name, (await servers.get(name)?.start()) ?? []);
      if (killsDaemon) daemon = await begin();
      const killed = [...(killsDaemon ? ['daemon'] : []), ...victims];
      const round = { round: done.length + 1, killed, after, windows: Object.fromEntries(found) };
      done.push(round);
      onRound?.(round);
    }
    daemon.child.kill('SIGUSR2');
    await daemon.until(names, ({ lag, state }) => lag === 0 && state === 'ok');
    await end([daemon.child], 'SIGTERM');
    const tables = new Map<string, ForwardKills>();
    for (const [name, server] of servers) {
      const received = await settled(server);
      const ends = done.flatMap(({ killed, windows: all }) =>
        killed.includes(name) && all[name] !== undefined ? [all[name]] : [],
      );
      const all = { windows: windows.get(name) ?? [], ends };
      const arrived = compare(received, server.cursors ?? IN_LINE, dataDir, all);
      tables.set(name, { rounds, kills: killsOf(name, done), ...arrived });
    }
    await end([...sinks.values()].flat());
    rmSync(directory, { recursive: true, force: true });
    return tables;
  } finally {
    await end([...sinks.values(), ...(daemon === undefined ? [] : [daemon.child])].flat());
  }
}

const entryOf = ([name, { sink }]: readonly [string, SinkServer]): string =>
  `  - { name: ${name}, start: oldest, timeout: 20s, batch: { count: ${BATCH}, every: 20ms }, ${sink} }\n`;

function killsOf(name: string, rounds: readonly KillRound[]): ForwardKills['kills'] {
  const kills = { daemon: 0, sink: 0, both: 0 };
  for (const { killed } of rounds) {
    const [daemon, sink] = [killed.includes('daemon'), killed.includes(name)];
    if (daemon || sink) kills[daemon && sink ? 'both' : daemon ? 'daemon' : 'sink']++;
  }
  return kills;
}

/** Bundles the program of the daemon. @returns its path */
function bundleDaemon(directory: string): string {
  const program = join(directory, 'daemon.mjs');
  if (existsSync(program)) return program;
  // The bundle finds optional packages there.
  symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'));
  buildSync({
    stdin: { contents: DAEMON, loader: 'ts', resolveDir: root },
    ...{ bundle: true, platform: 'node', format: 'esm', logLevel: 'silent', outfile: program },
    external: ['mqtt'],
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
  });
  return program;
}

/** Events of a forwarder that may arrive again: sent, and not acknowledged. */
function windowIn(dataDir: string, name: string): Window {
  const path = positionIn(dataDir, name);
  if (!existsSync(path)) return [1, 0];
  const position = new PositionFile(path);
  const { found } = position;
  position.close();
  if (found === undefined) return [1, 0];
  return [parseCursor(found.acknowledged).seq + 1, parseCursor(found.sent).seq];
}

/** Everything that has arrived, once no more arrives. */
async function settled(server: SinkServer): Promise<string> {
  let received = server.received();
  for (let i = 0; i < 20; i++) {
    await delay(100);
    const now = server.received();
    if (now.length === received.length) break;
    received = now;
  }
  return received;
}

async function start(
  program: string,
  directory: string,
  file: string,
  signal: AbortSignal | undefined,
): Promise<Running> {
  const child = spawn(process.execPath, [program, directory, file], {
    stdio: ['ignore', 'pipe', 'inherit', 'pipe'],
  });
  let all: readonly Status[] = [];
  const lines = createInterface({ input: child.stdio[3] as Readable });
  lines.on('line', (line) => {
    if (line.startsWith('{'))
      all = (JSON.parse(line) as { readonly forwarders: readonly Status[] }).forwarders;
  });
  await once(lines, 'line');
  return {
    child,
    until: async (names, condition) => {
      const fits = (name: string): boolean => all.some((status) => status.name === name && condition(status));
      while (!names.every(fits)) {
        if (child.exitCode !== null) throw new Error(`the daemon ended with ${child.exitCode}`);
        await delay(20, undefined, { signal });
      }
    },
  };
}

async function end(children: readonly ChildProcess[], signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
  for (const child of children) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }
}

function compare(
  received: string,
  cursors: RegExp,
  dataDir: string,
  { windows, ends }: { readonly windows: readonly Window[]; readonly ends: readonly Window[] },
): Omit<ForwardKills, 'rounds' | 'kills'> {
  const counts = new Map<number, number>();
  for (const [, cursor = ''] of received.matchAll(cursors)) {
    const { seq } = parseCursor(cursor);
    counts.set(seq, (counts.get(seq) ?? 0) + 1);
  }
  const journal = readJournal({ directory: journalIn(dataDir) });
  if (journal === undefined) throw new Error('there is no journal');
  let [recorded, missing, unexplained, repeated, wrongly] = [0, 0, 0, 0, 0];
  for (let at = journal.archive.oldest; at < journal.next;) {
    const { events, next } = journal.archive.read(at, journal.next, 5000, {});
    for (const { seq } of events) {
      recorded++;
      const count = counts.get(seq) ?? 0;
      if (count < 1) {
        missing++;
        // The last batch that it took, and the one that it was being sent.
        if (!ends.some(([from, to]) => seq >= from - BATCH && seq <= Math.max(from, to))) unexplained++;
      }
      if (count <= 1) continue;
      repeated++;
      if (!windows.some(([from, to]) => seq >= from && seq <= to)) wrongly++;
    }
    if (next <= at) break;
    at = next;
  }
  void journal.close();
  return { recorded, delivered: counts.size, missing, unexplained, repeated, wrongly };
}
