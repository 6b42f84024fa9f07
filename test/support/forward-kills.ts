/**
 * A daemon that forwards under load, while it and its sink are killed over and over: what arrived,
 * compared with the journal.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { parseCursor } from '../../src/collector/cursor.ts';
import { PositionFile, positionIn } from '../../src/forward/position.ts';
import { journalIn, readJournal } from '../../src/journal.ts';
import { IN_LINE, type MakeServer } from './sink-servers.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface ForwardKills {
  readonly rounds: number;
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

export interface KillOptions {
  /** A short path; a trial that was interrupted continues from it. */
  readonly directory: string;
  readonly rounds: number;
  readonly server: MakeServer;
  /** Longest time between the first delivery of a round and its kill, in ms. */
  readonly life: number;
  /** Called after each round. */
  readonly onRound?: (round: number) => void;
}

/** The killed daemon: it appends events, and tells how many. */
const DAEMON = `
import { writeSync } from 'node:fs';
import { startDaemon } from './src/daemon/index.ts';
const [, , directory, forward] = process.argv;
const daemon = await startDaemon({ stateDir: directory + '/s', dataDir: directory + '/d', engines: ['none'], forward, durability: 'os', env: {} });
let stopped = false;
process.on('SIGUSR2', () => { stopped = true; });
writeSync(1, 'ready\\n');
const turn = () => {
  const count = stopped ? 0 : 1 + Math.floor(Math.random() * 60);
  const now = BigInt(Date.now()) * 1000000n;
  daemon.collector.append(Array.from({ length: count }, (_, i) => ({
    timeNano: now + BigInt(i), type: 'container', action: i % 2 ? 'die' : 'start', id: 'c' + (i % 9).toString().padStart(63, '0'),
    name: 'web-' + (i % 9), attributes: { image: 'busybox:1', exitCode: '3' }, source: { engine: 'docker' },
  })));
  setTimeout(turn, 5);
};
turn();
setInterval(() => writeSync(1, 'lag ' + statusOf() + '\\n'), 50);
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

export async function forwardKills(options: KillOptions): Promise<ForwardKills | undefined> {
  const { directory, rounds, life, onRound } = options;
  mkdirSync(directory, { recursive: true });
  const server = await options.server(directory);
  if (server === undefined) return undefined;
  const program = join(directory, 'daemon.mjs');
  buildSync({
    stdin: { contents: DAEMON, loader: 'ts', resolveDir: root },
    ...{ bundle: true, platform: 'node', format: 'esm', logLevel: 'silent', outfile: program },
    external: ['mqtt'],
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
  });
  // The bundle finds optional packages there.
  if (!existsSync(join(directory, 'node_modules')))
    symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'));
  const file = join(directory, 'forward.yaml');
  writeFileSync(
    file,
    `forward: [{ name: f, start: oldest, timeout: 2s, batch: { count: 100, every: 20ms }, ${server.sink} }]\n`,
  );
  const windows: (readonly [from: number, to: number])[] = [];
  const dataDir = join(directory, 'd');
  /** Events that may arrive again: sent, and not acknowledged. */
  const note = (): void => {
    const position = new PositionFile(positionIn(dataDir, 'f'), false);
    const { found } = position;
    position.close();
    if (found !== undefined)
      windows.push([parseCursor(found.acknowledged).seq + 1, parseCursor(found.sent).seq]);
  };
  let sink = await server.start();
  let daemon = await start(program, directory, file);
  for (let round = 0; round < rounds; round++) {
    await daemon.until((_, sent) => sent > 0);
    await delay(Math.random() * life);
    const killsSink = sink.length > 0 && Math.random() < 0.5;
    if (killsSink) {
      await end(sink);
      await daemon.until((_, __, state) => state === 'retrying');
      note();
      sink = await server.start();
    } else {
      await end([daemon.child]);
      note();
      daemon = await start(program, directory, file);
    }
    onRound?.(round + 1);
  }
  daemon.child.kill('SIGUSR2');
  await daemon.until((lag, _, state) => lag === 0 && state === 'ok');
  daemon.child.kill('SIGTERM');
  await end([daemon.child]);
  let received = server.received();
  for (let i = 0; i < 20; i++) {
    await delay(100);
    const now = server.received();
    if (now.length === received.length) break;
    received = now;
  }
  await end(sink);
  const table = compare(received, server.cursors ?? IN_LINE, dataDir, windows);
  rmSync(directory, { recursive: true, force: true });
  return { rounds, ...table };
}

async function start(program: string, directory: string, file: string): Promise<Running> {
  const child = spawn(process.execPath, [program, directory, file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let last: readonly [number, number, string] = [-1, 0, ''];
  const lines = createInterface({ input: child.stdout });
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
        await delay(20);
      }
    },
  };
}

async function end(children: readonly ChildProcess[]): Promise<void> {
  for (const child of children) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }
}

function compare(
  received: string,
  cursors: RegExp,
  dataDir: string,
  windows: readonly (readonly [number, number])[],
): Omit<ForwardKills, 'rounds'> {
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
