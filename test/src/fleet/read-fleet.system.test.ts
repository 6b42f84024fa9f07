import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { asyncScheduler, BehaviorSubject, retry, type Subscription } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { nowNano } from '../../../src/clock.ts';
import { createCollector } from '../../../src/collector/collector.ts';
import type { IncomingEvent } from '../../../src/event.ts';
import type { HostPosition } from '../../../src/fleet/position.ts';
import { type FleetOptions, readFleet } from '../../../src/fleet/read-fleet.ts';
import { forwardFile } from '../../../src/forward/forward-schema.ts';
import { createForwarders, type Forwarders } from '../../../src/forward/index.ts';
import { silent } from '../../../src/log.ts';
import { event as eventOf } from '../../support/events.ts';
import { askJetStream, NatsServer, natsClient, natsServer } from '../../support/nats.ts';
import { stateDirectory } from '../../support/state-directory.ts';

let server: NatsServer;
let directory: string;
const hosts: Forwarders[] = [];
const readers: Subscription[] = [];

beforeEach(async () => {
  directory = stateDirectory();
  if (natsServer !== undefined) server = await NatsServer.start({ directory: join(directory, 'nats') });
});

afterEach(async () => {
  for (const each of readers.splice(0)) each.unsubscribe();
  for (const each of hosts.splice(0)) await each.close();
  await server.stop();
});

/** A host that publishes events; `skew` of its clock in ms. */
function hostCalled(host: string, { skew = 0 }: { readonly skew?: number } = {}) {
  const collector = createCollector();
  const { forward } = forwardFile.parse({ forward: [{ name: 'fleet', fleet: { url: server.url, host } }] });
  const scheduler = Object.assign(Object.create(asyncScheduler) as typeof asyncScheduler, {
    now: () => Date.now() + skew,
  });
  const forwarders = createForwarders({
    ...{ collector, dataDir: join(directory, `host-${hosts.length}`), log: silent },
    ...{ scheduler, now: nowNano, syncs: false, random: () => 0 },
  });
  forwarders.load(forward);
  hosts.push(forwarders);
  let n = 0;
  const append = (count: number, millisOf: (i: number) => number = () => 0): void =>
    collector.append(
      Array.from({ length: count }, (_, i) =>
        eventOf({
          ...{ name: `${n}`, id: `c${n++}` },
          timeNano: nowNano() + BigInt(skew + millisOf(i)) * 1_000_000n,
        }),
      ),
    );
  const sent = async (): Promise<void> =>
    await vi.waitFor(() => expect(forwarders.status[0]).toMatchObject({ lag: 0, state: 'ok' }), 30_000);
  return { collector, append, sent, forwarders };
}

function reading(options: Partial<FleetOptions> = {}) {
  const found: IncomingEvent[] = [];
  const notices: string[] = [];
  const positions = options.positions ?? new Map<string, HostPosition>();
  const state = { live: false, hosts: 0 };
  const subscription = readFleet({
    ...{ nats: { url: server.url }, endpoint: server.url, positions, start: 'oldest' },
    onNotice: (text) => notices.push(text),
    onState: (now) => Object.assign(state, now),
    ...options,
  })
    .pipe(retry({ delay: 200 }))
    .subscribe(({ event }) => found.push(event));
  readers.push(subscription);
  const of = (host: string): string[] =>
    found
      .filter(({ source, type }) => source.host === host && type === 'container')
      .map(({ name = '' }) => name);
  const has = async (host: string, count: number): Promise<void> => {
    await vi.waitFor(() => expect(of(host).length).toBeGreaterThanOrEqual(count), 30_000);
    expect(of(host)).toEqual(Array.from({ length: count }, (_, i) => String(i)));
  };
  return { found, notices, positions, state, subscription, of, has };
}

describe.skipIf(natsServer === undefined)('reading a fleet', () => {
  it('merges hosts by time, each in its order, and keeps equal names of two hosts apart', async () => {
    const [a, b] = [hostCalled('a.1'), hostCalled('b')];
    for (let i = 0; i < 5; i++) {
      a.append(100);
      b.append(100);
    }
    await Promise.all([a.sent(), b.sent()]);
    const { found, has, state } = reading();
    await has('a.1', 500);
    await has('b', 500);
    expect(found.every(({ timeNano }, i) => i === 0 || (found[i - 1]?.timeNano ?? 0n) <= timeNano)).toBe(
      true,
    );
    expect(new Set(found.map(({ source }) => `${source.id} ${source.host}`))).toEqual(
      new Set(['a.1/ a.1', 'b/ b']),
    );
    expect(state).toMatchObject({ live: true, hosts: 2 });
    a.append(3);
    await has('a.1', 503);
  });

  it('keeps the order of a host whose events state times that go back', async () => {
    const [a, b] = [hostCalled('a'), hostCalled('b')];
    const back = (i: number): number => -((i * 37) % 100);
    a.append(200, back);
    b.append(200);
    await Promise.all([a.sent(), b.sent()]);
    const { has } = reading();
    await has('a', 200);
    await has('b', 200);
    for (let i = 0; i < 5; i++) {
      a.append(20, back);
      b.append(20);
    }
    await has('a', 300);
    await has('b', 300);
  });

  it('repeats no event of a host whose stream is made again while events wait', async () => {
    const a = hostCalled('a');
    a.append(10);
    await a.sent();
    const paused = new BehaviorSubject(true);
    const { of, has, state } = reading({ paused });
    // All have been read, and wait.
    await vi.waitFor(() => expect(state).toMatchObject({ live: true, hosts: 1 }), 20_000);
    const client = await natsClient(server);
    await askJetStream(client, 'STREAM.DELETE.tidings-a');
    await vi.waitFor(() => expect(state).toMatchObject({ hosts: 0 }), 20_000);
    a.append(1);
    await a.sent();
    await vi.waitFor(() => expect(state).toMatchObject({ live: true, hosts: 1 }), 20_000);
    await client.close();
    expect(of('a')).toEqual([]);
    paused.next(false);
    await has('a', 11);
  });

  it('resumes each host exactly, also hosts that came meanwhile', async () => {
    const a = hostCalled('a');
    a.append(10);
    await a.sent();
    const first = reading();
    await first.has('a', 10);
    first.subscription.unsubscribe();
    a.append(10);
    const b = hostCalled('b');
    b.append(5);
    await Promise.all([a.sent(), b.sent()]);
    const second = reading({ positions: first.positions });
    await vi.waitFor(() => expect(second.of('a')).toHaveLength(10), 20_000);
    expect(second.of('a')[0]).toBe('10');
    await second.has('b', 5);
  });

  it('reads on after the server was killed, and repeats nothing', async () => {
    const a = hostCalled('a');
    a.append(50);
    const { has } = reading();
    await has('a', 50);
    await server.stop('SIGKILL');
    a.append(50);
    await server.start();
    await has('a', 100);
  });

  it('notices a stream that lost messages, and reads the refilled ones once', async () => {
    const a = hostCalled('a');
    a.append(20);
    await a.sent();
    await server.stop();
    cpSync(join(directory, 'nats', 'js'), join(directory, 'copy'), { recursive: true });
    await server.start();
    const { has } = reading();
    a.append(20);
    await has('a', 40);
    await server.stop('SIGKILL');
    rmSync(join(directory, 'nats', 'js'), { recursive: true });
    cpSync(join(directory, 'copy'), join(directory, 'nats', 'js'), { recursive: true });
    await server.start();
    a.append(20);
    await has('a', 60);
  });

  it('reports messages that expired before they were read as a gap', async () => {
    const a = hostCalled('a');
    a.append(10);
    await a.sent();
    const first = reading();
    await first.has('a', 10);
    first.subscription.unsubscribe();
    a.append(10);
    await a.sent();
    const client = await natsClient(server);
    await askJetStream(client, 'STREAM.PURGE.tidings-a', { keep: 3 });
    await client.close();
    const second = reading({ positions: first.positions });
    await vi.waitFor(() => expect(second.of('a')).toEqual(['17', '18', '19']), 20_000);
    expect(second.found[0]).toMatchObject({
      ...{ type: 'daemon', action: 'gap' },
      attributes: {
        reason: 'expired',
        count: '7',
        detail: '7 events of host "a" expired in its stream before they were read',
      },
    });
  });

  it('publishes and reads on after a stream was deleted', async () => {
    const a = hostCalled('a');
    a.append(10);
    const { has } = reading();
    await has('a', 10);
    const client = await natsClient(server);
    await askJetStream(client, 'STREAM.DELETE.tidings-a');
    await client.close();
    a.append(10);
    await has('a', 20);
  });

  it('orders hosts whose clock is an hour off by this clock, and says so', async () => {
    const [ahead, behind, right] = [
      hostCalled('ahead', { skew: 3_600_000 }),
      hostCalled('behind', { skew: -3_600_000 }),
      hostCalled('right'),
    ];
    const { notices, found, of } = reading();
    await vi.waitFor(() => {
      for (const word of ['ahead', 'behind'])
        expect(notices.join('\n')).toMatch(new RegExp(`the clock of host "${word}" is 3600 s ${word}`));
    }, 30_000);
    for (const each of [behind, right, ahead, behind, right]) {
      each.append(1);
      await each.sent();
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    await vi.waitFor(() => expect([...of('ahead'), ...of('behind'), ...of('right')]).toHaveLength(5), 20_000);
    expect(found.flatMap(({ source, type }) => (type === 'container' ? [source.host] : []))).toEqual([
      ...['behind', 'right', 'ahead', 'behind', 'right'],
    ]);
  });

  it('takes the host from the stream, whatever an event says, and survives any message', async () => {
    const liar = await natsClient(server);
    await askJetStream(liar, 'STREAM.CREATE.tidings-liar', {
      ...{ name: 'tidings-liar', subjects: ['tidings.liar.*'], storage: 'file', retention: 'limits' },
      ...{ max_msgs: -1, max_bytes: -1, max_age: 0, num_replicas: 1 },
    });
    const { headers } = await import('@nats-io/transport-node');
    const { formatCursor } = await import('../../../src/collector/cursor.ts');
    const { encodeEvent } = await import('../../../src/encoders/ndjson-event.ts');
    const say = async (text: string, id?: string): Promise<void> => {
      const head = headers();
      if (id !== undefined) head.set('Nats-Msg-Id', id);
      await liar.request('tidings.liar.container', text, { headers: head, timeout: 5000 });
    };
    const forged = {
      ...eventOf({ name: 'forged', source: { engine: 'docker', id: 'victim', host: 'victim' } }),
      seq: 1,
    };
    await say('no json', formatCursor('liar', 1));
    await say('{}');
    await say(encodeEvent(forged, formatCursor('liar', 2)), formatCursor('liar', 2));
    await liar.close();
    const { found } = reading();
    await vi.waitFor(() => expect(found).toHaveLength(3), 20_000);
    expect(found.map(({ action, source }) => `${action} ${source.host} ${source.id}`).toSorted()).toEqual([
      ...['gap liar undefined', 'gap liar undefined', 'start liar/victim liar/victim'],
    ]);
  });

  it('tells that a host is silent, and that it is there again', async () => {
    const a = hostCalled('a');
    a.append(1);
    const { found, has } = reading();
    await has('a', 1);
    await hosts.pop()?.close();
    await vi.waitFor(
      () => expect(found.at(-1)).toMatchObject({ type: 'host', action: 'stopped', name: 'a' }),
      20_000,
    );
    hostCalled('a');
    await vi.waitFor(
      () => expect(found.at(-1)).toMatchObject({ type: 'host', action: 'alive', name: 'a' }),
      30_000,
    );
  });
});
