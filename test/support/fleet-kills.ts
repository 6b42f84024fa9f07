/**
 * Hosts that publish to a real nats-server, or to a cluster of three, while hosts and servers are
 * killed, stopped and cut off at random: the events that a reader got, compared with the journals.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseCursor } from '../../src/collector/cursor.ts';
import { buildHost, FleetHost } from './fleet-host.ts';
import { FleetNetwork, LOCAL, type Place } from './fleet-network.ts';
import { FleetReceiver } from './fleet-receiver.ts';
import { freePort } from './free-port.ts';
import { NatsServer } from './nats.ts';

/** The fault of a round. */
export interface FleetRound {
  readonly round: number;
  readonly fault: string;
}

export interface FleetKillOptions {
  /** A short path. A trial that was interrupted continues in it; it is removed at the end. */
  readonly directory: string;
  readonly hosts: number;
  readonly servers: 1 | 3;
  readonly rounds: number;
  /** Time between the events of a host: in ms. */
  readonly every: number;
  /** The number of its network, 0 to 255; undefined: links are not cut. */
  readonly network?: number | undefined;
  /** Chance from 0 to 1. */
  readonly random: () => number;
  /** The rounds before an interruption. */
  readonly before?: readonly FleetRound[];
  /** Ends the trial after a round; it can continue later. */
  readonly signal?: AbortSignal;
  readonly onRound?: (round: FleetRound) => void;
}

export interface FleetKillTable {
  /** Count of each fault. */
  readonly faults: Readonly<Record<string, number>>;
  /** Events of all journals. */
  readonly recorded: number;
  readonly received: number;
  readonly lost: number;
  readonly twice: number;
  /** Events that came before an earlier one of their host. */
  readonly disordered: number;
}

interface Trial {
  readonly hosts: readonly FleetHost[];
  readonly servers: readonly { readonly server: NatsServer; readonly place: Place }[];
  readonly receiver: FleetReceiver;
  /** Links that are cut. */
  readonly cut: Set<Place>;
  readonly random: () => number;
}

/** Longest wait for the last events: in ms. */
const LAST = 180_000;

/**
 * Runs a trial.
 *
 * @returns its table, where nothing must be lost, twice or disordered; undefined if it was interrupted
 */
export async function fleetKills(options: FleetKillOptions): Promise<FleetKillTable | undefined> {
  const { directory, rounds, random, network: number, signal, onRound } = options;
  const done = [...(options.before ?? [])];
  const network = number === undefined ? undefined : new FleetNetwork(number);
  const place = (): Place => network?.place() ?? LOCAL;
  const servers = await startServers(options, place);
  const url = servers.map(({ server }) => server.url).join(',');
  const program = buildHost(directory);
  const replicas = servers.length;
  const hosts = Array.from(
    { length: options.hosts },
    (_, i) =>
      new FleetHost({
        directory,
        name: `h${i}`,
        program,
        url,
        replicas,
        every: options.every,
        place: place(),
      }),
  );
  const receiver = new FleetReceiver(directory, url);
  const trial: Trial = { hosts, servers, receiver, cut: new Set(), random };
  const isAborted = (): boolean => signal?.aborted === true;
  let finished = false;
  try {
    for (const host of hosts) await host.start();
    while (done.length < rounds && !isAborted()) {
      await delay(500 + random() * 500);
      const round = { round: done.length + 1, fault: await strike(trial) };
      done.push(round);
      onRound?.(round);
    }
    finished = done.length >= rounds;
    if (!finished) return undefined;
    mendLinks(trial);
    await Promise.all(hosts.map(async (host) => await host.stopEvents()));
    const recorded = new Map<string, readonly string[]>();
    for (const host of hosts) recorded.set(host.name, await host.recorded());
    await receiver.has(new Map([...recorded].map(([host, list]) => [host, list.length])), LAST);
    // A repeat could still come.
    await delay(500);
    return tableOf(receiver.received, recorded, done);
  } finally {
    receiver.close();
    for (const host of hosts) await host.kill();
    for (const { server } of servers) await server.stop('SIGKILL');
    network?.close();
    if (finished) rmSync(directory, { recursive: true, force: true });
  }
}

function tableOf(
  received: ReadonlyMap<string, readonly string[]>,
  recorded: ReadonlyMap<string, readonly string[]>,
  rounds: readonly FleetRound[],
): FleetKillTable {
  let [lost, twice, disordered, of, from] = [0, 0, 0, 0, 0];
  for (const [host, wanted] of recorded) {
    const cursors = received.get(host) ?? [];
    const seen = new Set(cursors);
    of += wanted.length;
    from += cursors.length;
    twice += cursors.length - seen.size;
    lost += wanted.filter((cursor) => !seen.has(cursor)).length;
    const numbers = cursors.map((cursor) => parseCursor(cursor).seq);
    disordered += numbers.filter((seq, i) => i > 0 && seq < (numbers[i - 1] ?? 0)).length;
  }
  const faults: Record<string, number> = {};
  for (const { fault } of rounds) faults[fault] = (faults[fault] ?? 0) + 1;
  return { faults, recorded: of, received: from, lost, twice, disordered };
}

/** One fault at random; its name. */
async function strike(trial: Trial): Promise<string> {
  const { hosts, servers, receiver, random, cut } = trial;
  const [host, { server, place }] = [pick(hosts, random), pick(servers, random)];
  const canCut = host.place.cut !== undefined;
  switch (Math.floor(random() * (canCut ? 8 : 5))) {
    case 0:
      await host.kill();
      await host.start();
      return 'host killed';
    case 1:
      mendLinks(trial);
      await server.stop('SIGKILL');
      await delay(random() * 1000);
      await server.start();
      return 'server killed';
    case 2:
      server.pause(true);
      await delay(random() * 1000);
      server.pause(false);
      return 'server stopped for a while';
    case 3:
      mendLinks(trial);
      for (const each of servers) await each.server.stop('SIGKILL');
      for (const each of servers) await each.server.start();
      return 'all servers killed';
    case 4:
      receiver.restart();
      return 'reader restarted';
    case 5:
      mendLinks(trial);
      return 'all links mended';
    case 6:
      cutLink(host.place, cut);
      return 'link of a host cut';
    default:
      cutLink(place, cut);
      return 'link of a server cut';
  }
}

function cutLink(place: Place, cut: Set<Place>): void {
  place.cut?.(true);
  cut.add(place);
}

function mendLinks({ cut }: Trial): void {
  for (const place of cut) place.cut?.(false);
  cut.clear();
}

function pick<T>(list: readonly T[], random: () => number): T {
  return list[Math.floor(random() * list.length)] as T;
}

async function startServers(
  { directory, servers: count }: FleetKillOptions,
  place: () => Place,
): Promise<Trial['servers']> {
  const places = Array.from({ length: count }, place);
  const ports = await Promise.all(places.map(async () => [await freePort(), await freePort()] as const));
  const routes = places.map(({ address }, i) => `"nats://${address}:${ports[i]?.[1]}"`).join(', ');
  return await Promise.all(
    places.map(async (its, i) => {
      const [port, route] = ports[i] ?? [];
      const listen = `"${its.address}:${route}"`;
      const cluster = `server_name: n${i}\ncluster { name: c, listen: ${listen}, routes: [${routes}] }`;
      const server = await NatsServer.start({
        ...{ directory: join(directory, `n${i}`), config: count === 1 ? '' : cluster },
        ...{ address: its.address, under: its.under, ...(port === undefined ? {} : { port }) },
      });
      return { server, place: its };
    }),
  );
}
