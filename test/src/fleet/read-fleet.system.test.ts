import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { BehaviorSubject } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { formatCursor } from '../../../src/collector/cursor.ts';
import { encodeEvent } from '../../../src/encoders/ndjson-event.ts';
import { event as eventOf } from '../../support/events.ts';
import { Fleet } from '../../support/fleet.ts';
import { askJetStream, natsClient, natsServer } from '../../support/nats.ts';

const fleet = Fleet.forEachTest();

describe.skipIf(natsServer === undefined)('reading a fleet', () => {
  it('merges hosts by time, each in its order, and keeps equal names of two hosts apart', async () => {
    const [a, b] = [fleet.host('a.1'), fleet.host('b')];
    for (let i = 0; i < 5; i++) {
      a.append(100);
      b.append(100);
    }
    await Promise.all([a.sent(), b.sent()]);
    const { found, has, state } = fleet.read();
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

  it('reads the other hosts while the stream of one cannot be read', async () => {
    const permissions = '{ publish: { deny: ["$JS.API.STREAM.INFO.tidings-b"] } }';
    await fleet.otherServer({
      config: `authorization { users: [
        { user: host, password: a }, { user: reader, password: b, permissions: ${permissions} }
      ] }\nno_auth_user: host`,
    });
    const [a, b] = [fleet.host('a'), fleet.host('b')];
    a.append(10);
    b.append(10);
    await Promise.all([a.sent(), b.sent()]);
    const nats = { url: fleet.server.url, user: 'reader', password: 'b' };
    const { has, of, notices, failures, state } = fleet.read({ nats });
    await has('a', 10);
    a.append(5);
    await has('a', 15);
    await vi.waitFor(() => expect(state).toMatchObject({ live: true, unreadable: ['b'] }), 20_000);
    expect(notices.join()).toMatch(/host "b": its stream cannot be read: .*STREAM.INFO/);
    expect([of('b'), failures]).toEqual([[], []]);
  });

  it('keeps the order of a host whose events state times that go back', async () => {
    const [a, b] = [fleet.host('a'), fleet.host('b')];
    const back = (i: number): number => -((i * 37) % 100);
    a.append(200, back);
    b.append(200);
    await Promise.all([a.sent(), b.sent()]);
    const { has } = fleet.read();
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
    const a = fleet.host('a');
    a.append(10);
    await a.sent();
    const paused = new BehaviorSubject(true);
    const { of, has, state } = fleet.read({ paused });
    // All have been read, and wait.
    await vi.waitFor(() => expect(state).toMatchObject({ live: true, hosts: 1 }), 20_000);
    const client = await natsClient(fleet.server);
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
    const a = fleet.host('a');
    a.append(10);
    await a.sent();
    const first = fleet.read();
    await first.has('a', 10);
    first.subscription.unsubscribe();
    a.append(10);
    const b = fleet.host('b');
    b.append(5);
    await Promise.all([a.sent(), b.sent()]);
    const second = fleet.read({ positions: first.positions });
    await vi.waitFor(() => expect(second.of('a')).toHaveLength(10), 20_000);
    expect(second.of('a')[0]).toBe('10');
    await second.has('b', 5);
  });

  it('reads on after the server was killed, and repeats nothing', async () => {
    const a = fleet.host('a');
    a.append(50);
    const { has } = fleet.read();
    await has('a', 50);
    await fleet.server.stop('SIGKILL');
    a.append(50);
    await fleet.server.start();
    await has('a', 100);
  });

  it('notices a stream that lost messages, and reads the refilled ones once', async () => {
    const a = fleet.host('a');
    a.append(20);
    await a.sent();
    await fleet.server.stop();
    cpSync(join(fleet.directory, 'nats', 'js'), join(fleet.directory, 'copy'), { recursive: true });
    await fleet.server.start();
    const { has } = fleet.read();
    a.append(20);
    await has('a', 40);
    await fleet.server.stop('SIGKILL');
    rmSync(join(fleet.directory, 'nats', 'js'), { recursive: true });
    cpSync(join(fleet.directory, 'copy'), join(fleet.directory, 'nats', 'js'), { recursive: true });
    await fleet.server.start();
    a.append(20);
    await has('a', 60);
  });

  it('reports messages that expired before they were read as a gap', async () => {
    const a = fleet.host('a');
    a.append(10);
    await a.sent();
    const first = fleet.read();
    await first.has('a', 10);
    first.subscription.unsubscribe();
    a.append(10);
    await a.sent();
    const client = await natsClient(fleet.server);
    await askJetStream(client, 'STREAM.PURGE.tidings-a', { keep: 3 });
    await client.close();
    const second = fleet.read({ positions: first.positions });
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
    const a = fleet.host('a');
    a.append(10);
    const { has } = fleet.read();
    await has('a', 10);
    const client = await natsClient(fleet.server);
    await askJetStream(client, 'STREAM.DELETE.tidings-a');
    await client.close();
    a.append(10);
    await has('a', 20);
  });

  it('orders hosts whose clock is an hour off by this clock, and says so', async () => {
    const [ahead, behind, right] = [
      fleet.host('ahead', { skew: 3_600_000 }),
      fleet.host('behind', { skew: -3_600_000 }),
      fleet.host('right'),
    ];
    const { notices, found, of } = fleet.read();
    await vi.waitFor(() => {
      for (const word of ['ahead', 'behind'])
        expect(notices.join('\n')).toMatch(new RegExp(`the clock of host "${word}" is 3600 s ${word}`));
    }, 30_000);
    // Each one is read before the next happens.
    for (const [i, each] of [behind, right, ahead, behind, right].entries()) {
      each.append(1);
      await vi.waitFor(
        () => expect([...of('ahead'), ...of('behind'), ...of('right')]).toHaveLength(i + 1),
        20_000,
      );
    }
    expect(found.flatMap(({ source, type }) => (type === 'container' ? [source.host] : []))).toEqual([
      ...['behind', 'right', 'ahead', 'behind', 'right'],
    ]);
  });

  it('takes the host from the stream, whatever an event says, and survives any message', async () => {
    const liar = await natsClient(fleet.server);
    await askJetStream(liar, 'STREAM.CREATE.tidings-liar', {
      ...{ name: 'tidings-liar', subjects: ['tidings.liar.*'], storage: 'file', retention: 'limits' },
      ...{ max_msgs: -1, max_bytes: -1, max_age: 0, num_replicas: 1 },
    });
    const { headers } = await import('@nats-io/transport-node');
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
    const { found } = fleet.read();
    await vi.waitFor(() => expect(found).toHaveLength(3), 20_000);
    expect(found.map(({ action, source }) => `${action} ${source.host} ${source.id}`).toSorted()).toEqual([
      ...['gap liar undefined', 'gap liar undefined', 'start liar/victim liar/victim'],
    ]);
  });

  it('tells that a host is silent, and that it is there again', async () => {
    const a = fleet.host('a');
    a.append(1);
    const { found, has } = fleet.read();
    await has('a', 1);
    await a.close();
    await vi.waitFor(
      () => expect(found.at(-1)).toMatchObject({ type: 'host', action: 'stopped', name: 'a' }),
      20_000,
    );
    fleet.host('a');
    await vi.waitFor(
      () => expect(found.at(-1)).toMatchObject({ type: 'host', action: 'alive', name: 'a' }),
      30_000,
    );
  });
});
