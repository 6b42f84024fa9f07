/** Forwarders over HTTP, compared with a bare loop that posts the same batches; the cost of a sink that is down. */
import { mkdtempSync, rmSync } from 'node:fs';
import http, { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { asyncScheduler } from 'rxjs';
import { parseChecked } from '../../src/checked-file/checked-file.ts';
import { nowNano } from '../../src/clock.ts';
import { type Collector, createCollector } from '../../src/collector/collector.ts';
import { ForwardError } from '../../src/forward/error.ts';
import { forwardFile } from '../../src/forward/forward-schema.ts';
import { createForwarders } from '../../src/forward/index.ts';
import { silent } from '../../src/log.ts';
import { atLeast, atMost, unjudged } from '../harness/aim.ts';
import type { Benchmark, Line } from '../harness/benchmark.ts';
import { makeEvents } from '../harness/data.ts';
import { inTurn } from '../harness/statistics.ts';

/** Events of one measurement: batches of 500. */
const EVENTS = 50_000;

/** Events appended beside a sink that is down. */
const BESIDE = 500_000;

const SINKS = ['http', 'otlp', 'cloudevents', 'loki', 'journal'] as const;

/** A request without its body's length. */
interface Posted {
  readonly path: string;
  readonly headers: http.OutgoingHttpHeaders;
  readonly body: string;
}

let posted: readonly Posted[] = [];
let collector: Collector | undefined;

/** A receiver that reads each request to its end. */
async function receiver(take?: (posted: Posted) => void): Promise<http.Server> {
  const server = createServer((request, response) => {
    let body = '';
    if (take === undefined) request.resume();
    else request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      const { 'content-type': type = '' } = request.headers;
      take?.({ path: request.url ?? '', headers: { 'content-type': type }, body });
      response.writeHead(200).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

const portOf = (server: http.Server): number => (server.address() as AddressInfo).port;

/** Forwards everything that the collector has, until the sink has acknowledged it. */
async function forwardAll(from: Collector, kind: string, port: number): Promise<void> {
  const dataDir = mkdtempSync('/tmp/td-');
  const forwarders = forwardersOf(from, dataDir);
  forwarders.load(entry(kind, port));
  while (forwarders.status[0]?.lag !== 0) await delay(5);
  await forwarders.close();
  rmSync(dataDir, { recursive: true });
}

const entry = (kind: string, port: number): Parameters<ReturnType<typeof forwardersOf>['load']>[0] =>
  parseChecked(
    `forward: [{ name: f, start: oldest, ${kind}: { url: 'http://127.0.0.1:${port}' } }]`,
    'forward.yaml',
    { schema: forwardFile, error: (file, problems) => new ForwardError(file, problems) },
  ).forward;

const forwardersOf = (from: Collector, dataDir: string): ReturnType<typeof createForwarders> =>
  createForwarders({
    ...{ collector: from, dataDir, log: silent, scheduler: asyncScheduler, now: nowNano },
  });

/** Posts one request, and waits for its answer. */
async function post({ path, headers, body }: Posted, port: number, agent: http.Agent): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const request = http.request({
      ...{ host: '127.0.0.1', port, path, method: 'POST', agent },
      headers: { ...headers, 'content-length': Buffer.byteLength(body) },
    });
    request.on('error', reject);
    request.on('response', (response) => response.on('end', resolve).resume());
    request.end(body);
  });
}

/** Time for the work, in ns. */
interface Cost {
  readonly elapsed: number;
  /** Processor time of this process. */
  readonly processor: number;
}

async function costOf(work: () => Promise<void> | void): Promise<Cost> {
  const [start, since] = [process.cpuUsage(), process.hrtime.bigint()];
  await work();
  const elapsed = Number(process.hrtime.bigint() - since);
  const { user, system } = process.cpuUsage(start);
  return { elapsed, processor: (user + system) * 1000 };
}

const jobs = {
  listen: async (): Promise<number> => portOf(await receiver()),

  /** Makes the events, and notes the requests of their batches. */
  async prepare(kind: string, count: number): Promise<void> {
    collector = createCollector({ limit: count });
    collector.append(makeEvents(count));
    const all: Posted[] = [];
    const server = await receiver((each) => all.push(each));
    await forwardAll(collector, kind, portOf(server));
    server.closeAllConnections();
    server.close();
    posted = all;
  },

  /** Sends all events by a forwarder. */
  forward: async (kind: string, port: number): Promise<Cost> =>
    await costOf(async () => await forwardAll(collector as Collector, kind, port)),

  /** Sends the same requests by a bare loop. */
  async post(port: number): Promise<Cost> {
    const agent = new http.Agent({ keepAlive: true });
    const cost = await costOf(async () => {
      for (const each of posted) await post(each, port, agent);
    });
    agent.destroy();
    return cost;
  },

  /** Processor time for events, beside a sink that refuses connections, or without. */
  async append(count: number, dead: number | undefined): Promise<number> {
    const dataDir = mkdtempSync('/tmp/td-');
    const events = createCollector({ limit: 10_000 });
    const forwarders = forwardersOf(events, dataDir);
    if (dead !== undefined) forwarders.load(entry('http', dead));
    events.append(makeEvents(10));
    await delay(1500);
    const cost = await costOf(async () => {
      for (let made = 0; made < count; made += 100) {
        events.append(makeEvents(100, made));
        await new Promise(setImmediate);
      }
    });
    await forwarders.close();
    rmSync(dataDir, { recursive: true });
    return cost.processor;
  },
};

export const benchmark: Benchmark = {
  name: 'forward',
  jobs,
  async measure({ spawn, rounds, scaled }) {
    const lines: Line[] = [];
    const port = await spawn(jobs).run('listen');
    const count = scaled(EVENTS);
    for (const kind of SINKS) {
      const sender = spawn(jobs);
      await sender.run('prepare', kind, count);
      const pairs = await inTurn(
        rounds,
        () => sender.run('forward', kind, port),
        () => sender.run('post', port),
      );
      await sender.end();
      const rates = (of: (cost: Cost) => number): Line['pairs'] => ({
        a: pairs.a.map((cost) => (count * 1e9) / of(cost)),
        b: pairs.b.map((cost) => (count * 1e9) / of(cost)),
      });
      const [what, unit] = [`${kind} ÷ a bare loop of the same posts`, 'events/s'] as const;
      const [elapsed, processor] = [rates((cost) => cost.elapsed), rates((cost) => cost.processor)];
      lines.push({ what, unit, pairs: elapsed, aim: atLeast(0.5) });
      lines.push({ what: `${what}, by processor time`, unit, pairs: processor, aim: unjudged });
    }
    const daemon = spawn(jobs);
    const dead = await closedPort();
    const beside = scaled(BESIDE);
    const pairs = await inTurn(
      rounds,
      () => daemon.run('append', beside, dead),
      () => daemon.run('append', beside, undefined),
    );
    lines.push({ what: 'events beside a sink that is down ÷ without', unit: 'ns', pairs, aim: atMost(1.01) });
    return lines;
  },
};

/** A port that nothing listens on. */
async function closedPort(): Promise<number> {
  const server = await receiver();
  const port = portOf(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}
