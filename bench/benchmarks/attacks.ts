/**
 * Delay of the daemon's event loop while clients send the most expensive requests, compared with an
 * idle daemon.
 */
import { connect, type Socket } from 'node:net';
import { closeSync, openSync, writeSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { within } from '../harness/aim.ts';
import type { Benchmark, Line } from '../harness/benchmark.ts';
import { startDaemon } from '../harness/built-command.ts';
import { get, healthOf } from '../harness/get.ts';

const EVENTS = 100_000;
const CONTAINERS = 3000;

/** Duration of each attack, and of the watch without one: in ms. */
const WATCHED = 2000;
const QUICKLY = 400;

const GLOBS = Array.from({ length: 64 }, (_, i) => `name=*a*b*c${i}d*`).join('&');
const EXPRESSIONS = Array.from({ length: 8 }, (_, i) => `name=/(.*)(.*)${i}(.*)x$/`).join('&');
const SLOW = 'name=/^(([a-z])%2B.)%2B[A-Z]([a-z])%2B$/i';
const FILTERS = `filters=${JSON.stringify({ label: Array.from({ length: 256 }, (_, i) => `l${i}`) })}`;

/** A count of connections, each with one request and its headers. */
interface Attack {
  readonly title: string;
  readonly count: number;
  readonly path: (oldest: string) => string;
  readonly header?: (oldest: string) => string;
}

const ATTACKS: readonly Attack[] = [
  {
    title: '20 × 64 globs, Last-Event-ID',
    count: 20,
    path: () => `/v1/events?${GLOBS}&follow=false`,
    header: (oldest) => `last-event-id: ${oldest}\r\n`,
  },
  { title: '20 × 64 globs from the beginning', count: 20, path: () => `/v1/events?${GLOBS}&since=0` },
  { title: '20 × 8 expressions', count: 20, path: () => `/v1/events?${EXPRESSIONS}&since=0` },
  { title: '20 × an expression that backtracks', count: 20, path: () => `/v1/events?${SLOW}&since=0` },
  { title: '20 × 256 filter values', count: 20, path: () => `/v1/events?${FILTERS}&since=0` },
  { title: '20 × the newest of 64 globs', count: 20, path: () => `/v1/events?${GLOBS}&tail=1` },
  { title: '20 × the containers of a time', count: 20, path: () => '/v1/containers?at=0s' },
  { title: '200 × 3,000 containers', count: 200, path: () => '/v1/containers' },
  { title: '50 × 3,000 containers by 64 globs', count: 50, path: () => `/v1/containers?${GLOBS}` },
  { title: '200 × metrics', count: 200, path: () => '/metrics' },
];

/** The delay since the last call, in ns. */
async function delayOf(socket: string): Promise<number> {
  const page = await get(socket, '/metrics');
  const found = /^tidings_event_loop_delay_seconds\{quantile="0.99"\} (\S+)$/m.exec(page)?.[1];
  if (found === undefined) throw new Error('the daemon does not tell the delay of its event loop');
  return Number(found) * 1e9;
}

/** The delay of the daemon during the attack, watched for that many ms. */
async function measure(
  socket: string,
  oldest: string,
  attack: Attack | undefined,
  watched: number,
): Promise<number> {
  await delayOf(socket);
  const sockets: Socket[] = [];
  for (let i = 0; i < (attack?.count ?? 0); i++) {
    const client = connect(socket);
    client.on('error', () => undefined);
    client.write(`GET ${attack?.path(oldest)} HTTP/1.1\r\nhost: x\r\n${attack?.header?.(oldest) ?? ''}\r\n`);
    // Reads a little, and then stops.
    client.once('data', () => client.pause());
    sockets.push(client);
  }
  await delay(watched);
  for (const client of sockets) client.destroy();
  return await delayOf(socket);
}

export const benchmark: Benchmark = {
  name: 'attacks',
  async measure({ directory, quick, rounds, scaled }) {
    await using daemon = await startDaemon(directory);
    const fifo = openSync(daemon.fifo, 'w');
    const count = scaled(EVENTS);
    for (let i = 0; i < count; i++) {
      const name = `container-name-${i % CONTAINERS}`;
      writeSync(fifo, `{"action":"start","name":"${name}","attributes":{"image":"busybox"}}\n`);
    }
    closeSync(fifo);
    while ((await healthOf(daemon.socket)).events < count) await delay(50);
    const { oldest } = (await healthOf(daemon.socket)).cursors;
    const watched = quick ? QUICKLY : WATCHED;
    const lines: Line[] = [];
    for (const attack of ATTACKS) {
      const pairs: { a: number[]; b: number[] } = { a: [], b: [] };
      for (let round = 0; round < (quick ? 1 : Math.min(rounds, 3)); round++) {
        pairs.a.push(await measure(daemon.socket, oldest, attack, watched));
        pairs.b.push(await measure(daemon.socket, oldest, undefined, watched));
      }
      lines.push({
        what: `delay of the event loop, p99: ${attack.title} ÷ none`,
        unit: 'ns',
        pairs,
        aim: within(50e6, '50 ms'),
      });
    }
    return lines;
  },
};
