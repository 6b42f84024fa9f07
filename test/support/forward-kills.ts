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

export interface ForwardKills {
  readonly rounds: number;
  /** Kills of the daemon, of the sink, and of both at once. */
  readonly kills: Readonly<Record<Victim, number>>;
  /** Events in the journal. */
  readonly recorded: number;
  /** Different events that arrived. */
  readonly delivered: number;
  /** Events of the journal that did not arrive. */
  readonly missing: number;
  /** Events that arrived more than once. */
  readonly repeated: number;
  /** Those of them that had been acknowledged before: a violation. */
  readonly wrongly: number;
}

/** The processes that a round kills. */
type Victim = 'daemon' | 'sink' | 'both';

/** A finished round. */
export interface KillRound {
  /** 1, 2, 3 … */
  readonly round: number;
  readonly killed: Victim;
  /** Time from the first delivery to the kill, in ms. */
  readonly after: number;
  /** The first and the last number of events that were sent and not acknowledged: none if it is empty. */
  readonly window: readonly [from: number, to: number];
}

export interface KillOptions {
  /** A short path. A trial that was interrupted continues in it; it is removed at the end. */
  readonly directory: string;
  readonly rounds: number;
  readonly server: MakeServer;
  /** Longest time between the first delivery of a round and its kill, in ms. */
  readonly life: number;
  /** Rounds that an interrupted trial in this directory has finished. */
  readonly before?: readonly KillRound[];
  /** Called after each round. */
  readonly onRound?: (round: KillRound) => void;
  /** Cancels the trial: it ends its processes, and errors. */
  readonly signal?: AbortSignal;
}

/** The killed daemon: it appends events, and tells how many on descriptor 3. */
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
setInterval(() => writeSync(3, 'lag ' + statusOf() + '\\n'), 50);
import { request } from 'node:http';
let status = { lag: -1, sent: 0, state: '' };
function statusOf() {
  request({ socketPath: directory + '/s/tidings.sock', path: '/v1/forwarders' }, (answer) => {
    let text = '';
    answer.on('data', (chunk) => { text += chunk; });
    answer.on('end', () => { status = JSON.parse(text).forwarders[0] ?? status; });
  }).on('error', () => undefined).end();
  return [status.lag, status.sent, status.state].join(' ');
}
`;

interface Running {
  readonly child: ChildProcess;
  /** Resolves once its reports fulfil the condition. */
  until(condition: (lag: number, sent: number, state: string) => boolean): Promise<void>;
}

/** @returns undefined if the program of the sink is not installed */
export async function forwardKills(options: KillOptions): Promise<ForwardKills | undefined> {
  const { directory, rounds, life, before = [], onRound, signal } = options;
  mkdirSync(directory, { recursive: true });
  const server = await options.server(directory);
  if (server === undefined) return undefined;
  const dataDir = join(directory, 'd');
  const file = join(directory, 'forward.yaml');
  writeFileSync(
    file,
    `forward: [{ name: f, start: oldest, timeout: 2s, batch: { count: 100, every: 20ms }, ${server.sink} }]\n`,
  );
  const begin = async (): Promise<Running> => {
    const running = await start(bundleDaemon(directory), directory, file, signal);
    running.child.stdout?.on('data', (chunk: Buffer) => server.daemonOutput?.(chunk));
    return running;
  };
  // An interrupted trial was a kill, too.
  const windows = [...before.map(({ window }) => window), windowIn(dataDir)];
  const kills: Record<Victim, number> = { daemon: 0, sink: 0, both: 0 };
  for (const { killed } of before) kills[killed]++;
  let sink: readonly ChildProcess[] = [];
  let daemon: Running | undefined;
  try {
    sink = await server.start();
    daemon = await begin();
    for (let round = before.length + 1; round <= rounds; round++) {
      await daemon.until((_, sent) => sent > 0);
      const after = Math.round(Math.random() * life);
      await delay(after, undefined, { signal });
      const killed = victimOf(sink);
      if (killed !== 'daemon') await end(sink);
      if (killed === 'sink') await daemon.until((_, __, state) => state === 'retrying');
      else await end([daemon.child]);
      const window = windowIn(dataDir);
      if (killed !== 'daemon') sink = await server.start();
      if (killed !== 'sink') daemon = await begin();
      kills[killed]++;
      windows.push(window);
      onRound?.({ round, killed, after, window });
    }
    daemon.child.kill('SIGUSR2');
    await daemon.until((lag, _, state) => lag === 0 && state === 'ok');
    await end([daemon.child], 'SIGTERM');
    const received = await settled(server);
    await end(sink);
    const table = compare(received, server.cursors ?? IN_LINE, dataDir, windows);
    rmSync(directory, { recursive: true, force: true });
    return { rounds, kills, ...table };
  } finally {
    await end([...sink, ...(daemon === undefined ? [] : [daemon.child])]);
  }
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

/** Chooses the processes to kill; a file has none of its own. */
function victimOf(sink: readonly ChildProcess[]): Victim {
  const chance = sink.length === 0 ? 1 : Math.random();
  return chance < 0.4 ? 'sink' : chance < 0.6 ? 'both' : 'daemon';
}

/** Events that may arrive again: sent, and not acknowledged. */
function windowIn(dataDir: string): readonly [from: number, to: number] {
  const path = positionIn(dataDir, 'f');
  if (!existsSync(path)) return [1, 0];
  const position = new PositionFile(path, false);
  const { found } = position;
  position.close();
  return found === undefined
    ? [1, 0]
    : [parseCursor(found.acknowledged).seq + 1, parseCursor(found.sent).seq];
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
  let last: readonly [number, number, string] = [-1, 0, ''];
  const lines = createInterface({ input: child.stdio[3] as Readable });
  lines.on('line', (line) => {
    const [word, lag, sent, state = ''] = line.split(' ');
    if (word === 'lag') last = [Number(lag), Number(sent), state];
  });
  await once(lines, 'line');
  return {
    child,
    until: async (condition) => {
      while (!condition(...last)) {
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
  windows: readonly (readonly [number, number])[],
): Omit<ForwardKills, 'rounds' | 'kills'> {
  const counts = new Map<number, number>();
  for (const [, cursor = ''] of received.matchAll(cursors)) {
    const { seq } = parseCursor(cursor);
    counts.set(seq, (counts.get(seq) ?? 0) + 1);
  }
  const journal = readJournal({ directory: journalIn(dataDir) });
  if (journal === undefined) throw new Error('there is no journal');
  let [recorded, missing, repeated, wrongly] = [0, 0, 0, 0];
  for (let at = journal.archive.oldest; at < journal.next;) {
    const { events, next } = journal.archive.read(at, journal.next, 5000, {});
    for (const { seq } of events) {
      recorded++;
      const count = counts.get(seq) ?? 0;
      if (count < 1) missing++;
      if (count <= 1) continue;
      repeated++;
      if (!windows.some(([from, to]) => seq >= from && seq <= to)) wrongly++;
    }
    if (next <= at) break;
    at = next;
  }
  void journal.close();
  return { recorded, delivered: counts.size, missing, repeated, wrongly };
}
