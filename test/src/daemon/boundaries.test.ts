/** A fault in one place never reaches another: each encoder, socket, translation, sink, rule and timer throws in turn. */
import { setTimeout } from 'node:timers/promises';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { join } from 'node:path';
import { config } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Daemon } from '../../../src/daemon/index.ts';
import { startDaemon } from '../../../src/daemon/index.ts';
import { StateRecord } from '../../../operators/container-state.ts';
import { Descriptions } from '../../../src/handlers/descriptions.ts';
import { EventEncoder } from '../../../src/journal/format/event-codec.ts';
import { event } from '../../support/events.ts';
import { playDocker, type DockerPlayer } from '../../support/docker-player.ts';
import { begin, message, session } from '../../support/grpc-call.ts';
import { encodeRecord } from '../../../src/monitor/record.ts';
import { ask } from '../../support/unix-http.ts';
import { stateDirectory } from '../../support/state-directory.ts';

/** The place that throws, for values that mention `bad`; and how often it did. */
const fault = vi.hoisted(() => {
  const fault = { place: '', hits: 0, wrap };
  /** Every function of a module, and every method of its classes, with a fault that can be switched on. */
  function wrap<T extends object>(file: string, module: T): T {
    const found = { ...module } as Record<string, unknown>;
    for (const [name, value] of Object.entries(module)) {
      const place = `${file} ${name}`;
      if (typeof value !== 'function' || String(value).startsWith('class ')) continue;
      found[name] = (...args: unknown[]): unknown => {
        check(place, args);
        return (value as (...args: unknown[]) => unknown)(...args);
      };
    }
    return found as T;
  }
  function check(place: string, args: readonly unknown[]): void {
    if (fault.place !== place || !args.some(isBad)) return;
    fault.hits++;
    throw new Error(`${place} failed`);
  }
  function isBad(value: unknown, depth = 0): boolean {
    if (typeof value === 'string') return value.includes('bad');
    if (ArrayBuffer.isView(value))
      return Buffer.from(value.buffer, value.byteOffset, value.byteLength).includes('bad');
    if (typeof value !== 'object' || value === null || depth > 1) return false;
    return Object.values(value).some((each) => isBad(each, depth + 1));
  }
  return Object.assign(fault, { check });
});

vi.mock('../../../src/encoders/docker.ts', async (load) => fault.wrap('docker', await load()));
vi.mock('../../../src/encoders/podman.ts', async (load) => fault.wrap('podman', await load()));
vi.mock('../../../src/encoders/ndjson-event.ts', async (load) => fault.wrap('ndjson', await load()));
vi.mock('../../../src/server/isulad/event-messages.ts', async (load) => fault.wrap('isulad', await load()));
vi.mock('../../../src/engines/docker/translate.ts', async (load) => fault.wrap('translate', await load()));
vi.mock('../../../src/monitor/record-event.ts', async (load) => fault.wrap('record', await load()));
vi.mock('../../../src/monitor/line.ts', async (load) => fault.wrap('line', await load()));
vi.mock('../../../src/handlers/rules/perform.ts', async (load) => fault.wrap('rule', await load()));

const unhandled: unknown[] = [];
beforeEach(() => {
  unhandled.length = 0;
  config.onUnhandledError = (error) => unhandled.push(error);
});
afterEach(async () => {
  fault.place = '';
  fault.hits = 0;
  // Errors are reported by a timer: those of the last moment, too.
  await setTimeout();
  config.onUnhandledError = null;
});

/** A client, and all that it has been sent. */
interface Client {
  text: string;
  over: boolean;
}

const CLIENTS = {
  ndjson: { path: '/v1/events', accept: 'application/x-ndjson' },
  sse: { path: '/v1/events', accept: 'text/event-stream' },
  docker: { path: '/events', accept: '*/*' },
  libpod: { path: '/v4.3.1/libpod/events?stream=true', accept: '*/*' },
} as const;
type Name = keyof typeof CLIENTS | 'isulad';

interface World {
  readonly daemon: Daemon;
  readonly docker: DockerPlayer;
  readonly clients: Record<Name, Client>;
  readonly stateDir: string;
  readonly dataDir: string;
  /** Files that rules append names to. */
  readonly ran: (rule: 'one' | 'two') => string;
}

async function begun(): Promise<World> {
  const stateDir = stateDirectory();
  const dataDir = join(stateDir, 'data');
  const rules = join(stateDir, 'rules.yaml');
  const out = (rule: string): string => join(stateDir, `${rule}.txt`);
  const rule = (name: string, argument: string): object => ({
    name,
    when: { filter: 'event=start' },
    run: ['sh', '-c', `echo $TIDINGS_NAME >> ${out(name)}`, argument],
  });
  writeFileSync(rules, JSON.stringify({ rules: [rule('one', 'bad-rule'), rule('two', 'fine')] }));
  for (const rule of ['one', 'two']) appendFileSync(out(rule), '');
  const docker = await playDocker([]);
  const daemon = await startDaemon({ stateDir, dataDir, rules, engines: [docker.engine] });
  onTestFinished(() => daemon.close());
  const before = daemon.collector.status.subscriptions;
  const clients = {} as Record<Name, Client>;
  for (const [name, { path, accept }] of Object.entries(CLIENTS)) {
    const socket = connect(join(stateDir, 'tidings.sock'));
    socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nAccept: ${accept}\r\n\r\n`);
    clients[name as Name] = read(socket);
    onTestFinished(() => void socket.destroy());
  }
  const grpc = session(join(stateDir, 'isulad.sock'));
  const call = begin(grpc);
  call.end(message([]));
  clients.isulad = read(call);
  onTestFinished(() => grpc.destroy());
  await eventually(() => expect(daemon.collector.status.subscriptions).toBe(before + 5));
  await connected(stateDir);
  return { daemon, docker, clients, stateDir, dataDir, ran: (rule) => readFileSync(out(rule), 'utf8') };
}

async function connected(stateDir: string): Promise<void> {
  for (let body = ''; !body.includes('"state":"connected"');) {
    ({ body } = await ask(join(stateDir, 'tidings.sock'), 'GET', '/healthz'));
  }
}

function read(stream: NodeJS.ReadableStream): Client {
  const client: Client = { text: '', over: false };
  stream.on('data', (bytes: Buffer) => (client.text += bytes.toString('latin1')));
  stream.on('error', () => undefined);
  for (const over of ['end', 'close']) stream.on(over, () => (client.over = true));
  return client;
}

/** As `vi.waitFor`, for a loaded machine. */
const eventually = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 15_000, interval: 20 });

const fifo = ({ stateDir }: World, name: string): void => {
  const fields = { type: 0, subject: 'container', args: '', extra: '', exitCode: 0, pid: 7 } as const;
  writeFileSync(join(stateDir, 'monitord_fifo'), encodeRecord({ ...fields, name, value: 11 }));
};
const line = ({ stateDir }: World, name: string): void =>
  writeFileSync(join(stateDir, 'monitord_fifo'), `${JSON.stringify({ action: 'start', name })}\n`);
const fromDocker = ({ docker }: World, name: string): void =>
  docker.play([event({ id: name, name, action: 'start', timeNano: BigInt(Date.now()) * 1_000_000n })]);
const append = ({ daemon }: World, name: string): void =>
  daemon.collector.append([event({ id: name, name, action: 'start' })]);

type Send = (world: World, name: string) => void;

/** Events before, at and after the fault, one after the other; every client but `lost` gets the last. */
async function survived(world: World, send: Send, lost: readonly Name[] = []): Promise<void> {
  const names = Object.keys(world.clients) as Name[];
  const got = async (name: string, except: readonly Name[] = []): Promise<void> => {
    for (const each of names.filter((each) => !except.includes(each))) {
      await eventually(() => expect(world.clients[each].text).toContain(name));
    }
  };
  send(world, 'first');
  await got('first');
  send(world, 'bad-one');
  await eventually(() => expect(fault.hits).toBeGreaterThan(0));
  send(world, 'last-one');
  append(world, 'very-last');
  await got('last-one', lost);
  await got('very-last', lost);
  for (const each of lost)
    await eventually(() => expect([each, world.clients[each].over]).toEqual([each, true]));
}

/** Makes a method throw while the fault is at that place. */
function throwAt(
  place: string,
  prototype: object,
  method: string,
  isIt: (bytes: Buffer) => boolean = () => true,
): void {
  const methods = prototype as Record<string, (...args: unknown[]) => unknown>;
  const real = methods[method] as (...args: unknown[]) => unknown;
  methods[method] = function (...args) {
    if (!Buffer.isBuffer(args[0]) || isIt(args[0])) fault.check(place, args);
    return real.apply(this, args);
  };
  onTestFinished(() => void (methods[method] = real));
}

describe('a fault', () => {
  it.each<[string, readonly Name[]]>([
    ['docker dockerJson', ['docker']],
    ['podman podmanEvent', ['libpod']],
    ['podman podmanJson', ['libpod']],
    ['ndjson writeEvent', ['ndjson', 'sse']],
    ['isulad encodeEvent', ['isulad']],
  ])('of the encoder %s ends its clients alone', async (place, lost) => {
    const world = await begun();
    fault.place = place;
    await survived(world, append, lost);
    const framed = lost.filter((each) => each === 'ndjson' || each === 'sse');
    for (const each of framed) expect(world.clients[each].text).toMatch(/"kind":"end","reason":"error"/);
    expect(unhandled).toEqual([]);
  });

  it.each<[string, Send]>([
    ['translate translate', fromDocker],
    ['record recordEvent', fifo],
    ['line parseLine', line],
  ])('of the translation %s is a gap, and what comes later arrives', async (place, send) => {
    const world = await begun();
    fault.place = place;
    await survived(world, send);
    await eventually(() => expect(world.clients.ndjson.text).toContain('"action":"gap"'));
    expect(world.clients.ndjson.text).not.toContain('"name":"bad-one"');
    expect(unhandled).toEqual([]);
  });

  it('of a rule fails its task alone', async () => {
    const world = await begun();
    fault.place = 'rule run';
    await survived(world, append);
    await eventually(() => expect(world.ran('two')).toBe('first\nbad-one\nlast-one\nvery-last\n'));
    expect(unhandled).toEqual([]);
  });

  it.each<[string, object, string, Send]>([
    ['the description table', Descriptions.prototype, 'complete', fifo],
    ['the states of containers', StateRecord.prototype, 'fold', append],
  ])('of %s reaches no client', async (place, prototype, method, send) => {
    const world = await begun();
    throwAt(place, prototype, method);
    fault.place = place;
    await survived(world, send);
    expect(world.clients.ndjson.text).toContain('"name":"bad-one"');
    expect(unhandled).toEqual([]);
  });

  it('of the journal is reported, and reaches no client', async () => {
    const world = await begun();
    throwAt('the journal', EventEncoder.prototype, 'encode');
    fault.place = 'the journal';
    await survived(world, append);
    expect(world.clients.ndjson.text).toContain('"name":"bad-one"');
    // The daemon then ends in order: its journal would lack events.
    expect(String(unhandled[0])).toBe('Error: the journal failed');
  });

  it.each<[string, object, string, readonly Name[]]>([
    ['a socket that is written to', Socket.prototype, 'write', ['docker', 'libpod']],
    ['a gRPC stream that is written to', Duplex.prototype, 'write', ['isulad']],
  ])('of %s ends its client alone', async (place, prototype, method, lost) => {
    const world = await begun();
    throwAt(place, prototype, method, (bytes) => lost.includes('isulad') || bytes.includes('"status":'));
    fault.place = place;
    await survived(world, append, lost);
    expect(unhandled).toEqual([]);
  });
});
