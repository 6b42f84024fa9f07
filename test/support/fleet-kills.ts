/**
 * Hosts that publish to a real nats-server, or to a cluster of three, while hosts and servers are
 * killed and stopped at random: the events that a reader got, compared with the journals.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { lastValueFrom, retry, toArray } from 'rxjs';
import type { HostPosition } from '../../src/fleet/position.ts';
import { readFleet } from '../../src/fleet/read-fleet.ts';
import { journalIn, readJournal } from '../../src/journal.ts';
import { createCollector } from '../../src/collector/collector.ts';
import { parseCursor } from '../../src/collector/cursor.ts';
import { freePort } from './free-port.ts';
import { NatsServer } from './nats.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface FleetKillOptions {
  /** An empty directory with a short path. */
  readonly directory: string;
  readonly hosts: number;
  readonly servers: 1 | 3;
  readonly rounds: number;
  /** Chance from 0 to 1. */
  readonly random: () => number;
  readonly onRound?: (round: number, fault: string) => void;
}

export interface FleetKillTable {
  /** Events of all journals. */
  readonly recorded: number;
  readonly received: number;
  readonly lost: number;
  readonly twice: number;
  /** Events that came before an earlier one of their host. */
  readonly disordered: number;
}

/**
 * The daemon of a host: it appends a few events every 20 ms until SIGUSR2. Their times go back by up to
 * 12 ms, as those of several engines on one host do.
 */
const DAEMON = `
import { writeSync } from 'node:fs';
import { startDaemon } from './src/daemon/index.ts';
const [, , directory] = process.argv;
const daemon = await startDaemon({ stateDir: directory + '/s', dataDir: directory + '/d', engines: ['none'], forward: directory + '/forward.yaml', env: {} });
let stopped = false;
process.on('SIGUSR2', () => { stopped = true; });
writeSync(1, 'ready\\n');
let n = 0;
setInterval(() => {
  if (stopped) return;
  daemon.collector.append(Array.from({ length: 1 + n++ % 3 }, (_, i) => ({
    timeNano: BigInt(Date.now() - (n * 5 + i * 7) % 13) * 1000000n, type: 'container', action: i % 2 ? 'die' : 'start',
    id: 'c' + n % 7, name: 'web-' + n % 7, attributes: { image: 'busybox:1' }, source: { engine: 'docker' },
  })));
}, 20);
`;

/** Runs a trial; its table must be all zeros but for the first two. */
export async function fleetKills(options: FleetKillOptions): Promise<FleetKillTable> {
  const { directory, rounds, random, onRound } = options;
  const servers = await startServers(options);
  const url = servers.map((server) => server.url).join(',');
  const program = buildDaemon(directory);
  const hosts = Array.from(
    { length: options.hosts },
    (_, i) => new Host(directory, `h${i}`, program, url, servers.length),
  );
  const received = new Map<string, string[]>();
  const positions = new Map<string, HostPosition>();
  const reading = readFleet({ nats: { url }, endpoint: url, positions, start: 'oldest' })
    .pipe(retry({ delay: 300 }))
    .subscribe(({ host, position }) => {
      if (position === undefined) return;
      const list = received.get(host) ?? [];
      list.push(position.cursor);
      received.set(host, list);
    });
  try {
    await Promise.all(hosts.map((host) => host.start()));
    for (let round = 1; round <= rounds; round++) {
      await delay(500 + random() * 500);
      const fault = await strike(hosts, servers, random);
      onRound?.(round, fault);
    }
    for (const host of hosts) host.stopEvents();
    // The last events reach the journals.
    await delay(1000);
    const recorded = await Promise.all(hosts.map(async (host) => await host.recorded()));
    const wanted = recorded.map((list) => list.length);
    for (let i = 0; i < 600; i++) {
      if (hosts.every(({ name }, j) => new Set(received.get(name)).size >= (wanted[j] ?? 0))) break;
      await delay(100);
    }
    // A repeat could still come.
    await delay(500);
    return tableOf(
      hosts.map(({ name }) => received.get(name) ?? []),
      recorded,
    );
  } finally {
    reading.unsubscribe();
    for (const host of hosts) await host.kill();
    for (const server of servers) await server.stop('SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  }
}

function tableOf(
  received: readonly (readonly string[])[],
  recorded: readonly (readonly string[])[],
): FleetKillTable {
  let [lost, twice, disordered] = [0, 0, 0];
  for (const [i, cursors] of received.entries()) {
    const seen = new Set(cursors);
    twice += cursors.length - seen.size;
    lost += recorded[i]?.filter((cursor) => !seen.has(cursor)).length ?? 0;
    const numbers = cursors.map((cursor) => parseCursor(cursor).seq);
    disordered += numbers.filter((seq, j) => j > 0 && seq < (numbers[j - 1] ?? 0)).length;
  }
  const count = (lists: readonly (readonly string[])[]): number =>
    lists.reduce((sum, list) => sum + list.length, 0);
  return { recorded: count(recorded), received: count(received), lost, twice, disordered };
}

/** One fault at random; its name. */
async function strike(
  hosts: readonly Host[],
  servers: readonly NatsServer[],
  random: () => number,
): Promise<string> {
  const [host, server] = [pick(hosts, random), pick(servers, random)];
  switch (Math.floor(random() * 4)) {
    case 0:
      await host.kill();
      await host.start();
      return `${host.name} killed`;
    case 1:
      await server.stop('SIGKILL');
      await delay(random() * 1000);
      await server.start();
      return 'a server killed';
    case 2:
      server.pause(true);
      await delay(random() * 1000);
      server.pause(false);
      return 'a server did not answer';
    default:
      for (const each of servers) await each.stop('SIGKILL');
      for (const each of servers) await each.start();
      return 'all servers killed';
  }
}

function pick<T>(list: readonly T[], random: () => number): T {
  return list[Math.floor(random() * list.length)] as T;
}

async function startServers({ directory, servers: count }: FleetKillOptions): Promise<NatsServer[]> {
  if (count === 1) return [await NatsServer.start({ directory: join(directory, 'n0') })];
  const routes = await Promise.all([freePort(), freePort(), freePort()]);
  const urls = routes.map((port) => `"nats://127.0.0.1:${port}"`).join(', ');
  return await Promise.all(
    routes.map(
      async (port, i) =>
        await NatsServer.start({
          directory: join(directory, `n${i}`),
          config: `server_name: n${i}\ncluster { name: c, listen: "127.0.0.1:${port}", routes: [${urls}] }`,
        }),
    ),
  );
}

function buildDaemon(directory: string): string {
  mkdirSync(directory, { recursive: true });
  const outfile = join(directory, 'daemon.mjs');
  buildSync({
    ...{ stdin: { contents: DAEMON, resolveDir: root, loader: 'ts' }, outfile, bundle: true },
    ...{ platform: 'node', format: 'esm', packages: 'external', logLevel: 'error' },
  });
  symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'));
  return outfile;
}

class Host {
  readonly name: string;
  readonly #directory: string;
  readonly #program: string;
  #child: ChildProcess | undefined;

  constructor(directory: string, name: string, program: string, url: string, replicas: number) {
    this.name = name;
    this.#program = program;
    this.#directory = join(directory, name);
    mkdirSync(this.#directory, { recursive: true });
    const sink = `{ url: '${url}', host: ${name}, replicas: ${replicas} }`;
    const text = `forward:\n  - name: fleet\n    batch: { every: 20ms }\n    fleet: ${sink}\n`;
    writeFileSync(join(this.#directory, 'forward.yaml'), text);
  }

  async start(): Promise<void> {
    const child = spawn(process.execPath, [this.#program, this.#directory], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#child = child;
    await once(createInterface(child.stdout), 'line');
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  stopEvents(): void {
    this.#child?.kill('SIGUSR2');
  }

  /** The cursors of all events in its journal. */
  async recorded(): Promise<readonly string[]> {
    const journal = readJournal({ directory: journalIn(join(this.#directory, 'd')) });
    if (journal === undefined) throw new Error(`no journal of ${this.name}`);
    const { epoch, first, archive } = journal;
    const collector = createCollector({ epoch, first, archive, limit: 1 });
    const events = await lastValueFrom(collector.events({ since: 0n, follow: false }).pipe(toArray()));
    await journal.close();
    return events.map((event) => collector.cursorOf(event));
  }
}
