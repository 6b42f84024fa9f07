import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, headers, type NatsConnection } from '@nats-io/transport-node';
import { cpSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { events } from '../../../support/events.ts';
import { Fleet } from '../../../support/fleet.ts';
import { askJetStream, natsClient, natsServer } from '../../../support/nats.ts';

const fleet = Fleet.forEachTest();

/** All messages of a stream, read by a client that is not ours. */
async function messagesOf(stream: string) {
  const client = await natsClient(fleet.server);
  const manager = await jetstreamManager(client);
  const { state } = await manager.streams.info(stream);
  const found: { subject: string; id: string; header: string; name: string; cursor: string }[] = [];
  if (state.messages > 0) {
    const consumer = await jetstream(client).consumers.get(stream);
    for await (const message of await consumer.consume()) {
      const { name, cursor } = message.json<{ name: string; cursor: string }>();
      const header = message.headers?.get('Tidings-Id') ?? '';
      found.push({
        subject: message.subject,
        id: message.headers?.get('Nats-Msg-Id') ?? '',
        header,
        name,
        cursor,
      });
      if (message.info.pending === 0) break;
    }
  }
  await client.close();
  return found;
}

const names = (found: readonly { readonly name: string }[]): string[] => found.map(({ name }) => name);
const expected = (count: number): string[] => events(count).map(({ name = '' }) => name);

describe.skipIf(natsServer === undefined)('the sink fleet', () => {
  it('publishes each event once, with its cursor as the id of the message', async () => {
    const { collector, sent } = fleet.host('web.1 *>é');
    collector.append(events(1200));
    await sent();
    const found = await messagesOf('tidings-web=2E1=20=2A=3E=C3=A9');
    expect(names(found)).toEqual(expected(1200));
    expect(found.every(({ id, cursor }) => id === cursor)).toBe(true);
    expect(found[7]).toMatchObject({ subject: 'tidings.web=2E1=20=2A=3E=C3=A9.container', header: 'e7' });
  });

  it('continues after the end of the stream, whatever its own position says', async () => {
    const first = fleet.host('web');
    first.collector.append(events(10));
    await first.sent();
    await first.close();
    const { collector } = first;
    collector.append(events(15).slice(10));
    const second = fleet.host('web', { collector });
    await second.sent();
    expect(names(await messagesOf('tidings-web'))).toEqual(expected(15));
  });

  it('publishes on after a restart of the server, and longer than its window of duplicates', async () => {
    const client = await natsClient(fleet.server);
    await askJetStream(client, 'STREAM.CREATE.tidings-web', {
      ...{ name: 'tidings-web', subjects: ['tidings.web.*'], storage: 'file', duplicate_window: 1e8 },
      ...{ retention: 'limits', max_msgs: -1, max_bytes: -1, max_age: 0, num_replicas: 1 },
    });
    await client.close();
    const { collector, sent, says } = fleet.host('web');
    collector.append(events(10));
    await sent();
    await fleet.server.stop('SIGKILL');
    collector.append(events(600).slice(10));
    await says(/lost|closed|reached/);
    await fleet.server.start();
    await sent();
    expect(names(await messagesOf('tidings-web'))).toEqual(expected(600));
  });

  it('refills a stream that was deleted, or lost its last messages', async () => {
    const { collector, sent } = fleet.host('web');
    collector.append(events(20));
    await sent();
    const client = await natsClient(fleet.server);
    await askJetStream(client, 'STREAM.DELETE.tidings-web');
    collector.append(events(25).slice(20));
    await sent();
    expect(names(await messagesOf('tidings-web'))).toEqual(expected(25));
    await client.close();
  });

  it('notices acknowledged messages that the server lost', async () => {
    const { collector, sent, said } = fleet.host('web');
    collector.append(events(10));
    await sent();
    await fleet.server.stop();
    cpSync(join(fleet.directory, 'nats', 'js'), join(fleet.directory, 'copy'), { recursive: true });
    await fleet.server.start();
    collector.append(events(30).slice(10));
    await sent();
    await fleet.server.stop('SIGKILL');
    rmSync(join(fleet.directory, 'nats', 'js'), { recursive: true });
    cpSync(join(fleet.directory, 'copy'), join(fleet.directory, 'nats', 'js'), { recursive: true });
    await fleet.server.start();
    await sent();
    await vi.waitFor(
      async () => expect(names(await messagesOf('tidings-web'))).toEqual(expected(30)),
      30_000,
    );
    expect(said.join('\n')).toMatch(/its sink has lost events 11 to 30: they are sent again/);
  });

  it('refuses a second daemon under the name of a host, and loses no event of the first', async () => {
    const first = fleet.host('web');
    first.collector.append(events(10));
    await first.sent();
    const second = fleet.host('web');
    second.collector.append(events(10));
    await second.says(/^another daemon publishes as host "web" since .*: give one of them another name/);
    first.collector.append(events(20).slice(10));
    await first.sent();
    expect(names(await messagesOf('tidings-web'))).toEqual(expected(20));
    expect(first.said.join('\n')).toMatch(/another daemon wants to publish as host "web"/);
  });

  it('says when a stream is full, and publishes once there is room', async () => {
    const client = await natsClient(fleet.server);
    const settings = {
      ...{ name: 'tidings-web', subjects: ['tidings.web.*'], storage: 'file', discard: 'new' },
      ...{ retention: 'limits', max_msgs: 5, max_bytes: -1, max_age: 0, num_replicas: 1 },
    };
    await askJetStream(client, 'STREAM.CREATE.tidings-web', settings);
    const { collector, sent, says } = fleet.host('web');
    collector.append(events(12));
    await says(/is full and set to discard new/);
    await askJetStream(client, 'STREAM.UPDATE.tidings-web', { ...settings, max_msgs: 100 });
    await sent();
    expect(names(await messagesOf('tidings-web'))).toEqual(expected(12));
    await client.close();
  });

  it('says that JetStream is not enabled, that credentials are wrong, that a stream is missing', async () => {
    await fleet.otherServer({ jetStream: false });
    const plain = fleet.host('web');
    await plain.says(/^JetStream is not enabled on this server: start nats-server with -js/);
    await fleet.otherServer({ config: 'authorization { users: [{ user: a, password: b }] }' });
    const wrong = fleet.host('web', { options: { user: 'a', password: 'c' } });
    await wrong.says(/refuses the credentials .*: it was given user; right is/);
    const none = fleet.host('web');
    await none.says(/it was given no credentials/);
    const missing = fleet.host('web', {
      options: { user: 'a', password: 'b', create: false },
    });
    await missing.says(/^there is no stream tidings-web, and create is false/);
  });

  it('keeps an event aside that is larger than the server takes', async () => {
    await fleet.otherServer({ config: 'max_payload: 10000' });
    const { collector, sent, dataDir } = fleet.host('web');
    const [a, b, c] = events(3);
    collector.append([a!, { ...b!, attributes: { label: 'x'.repeat(20_000) } }, c!]);
    await sent();
    expect(names(await messagesOf('tidings-web'))).toEqual(['e0', 'e2']);
    const refused = join(dataDir, 'forward', 'fleet.refused.ndjson');
    expect(existsSync(refused) && readFileSync(refused, 'utf8')).toMatch(/the server takes/);
  });

  it('publishes with the documented permissions, with which a host that lies reaches no other', async () => {
    const docs = readFileSync(new URL('../../../../docs/fleet.md', import.meta.url), 'utf8');
    const config = /^authorization \{[^]*?^\}$/m.exec(docs)?.[0].replaceAll('…', 'secret') ?? '';
    await fleet.otherServer({ config });
    const as = async (user: string): Promise<NatsConnection> =>
      await connect({
        servers: `127.0.0.1:${fleet.server.port}`,
        user,
        pass: 'secret',
        inboxPrefix: `_INBOX_${user}`,
      });
    const admin = await as('admin');
    for (const host of ['web-1', 'db'])
      await askJetStream(admin, `STREAM.CREATE.tidings-${host}`, {
        ...{ name: `tidings-${host}`, subjects: [`tidings.${host}.*`], storage: 'file', retention: 'limits' },
        ...{ max_msgs: -1, max_bytes: -1, max_age: 0, num_replicas: 1 },
      });
    const { collector, sent } = fleet.host('web-1', {
      options: { user: 'web-1', password: 'secret', create: false },
    });
    collector.append(events(5));
    await sent();
    const stateOf = async (host: string): Promise<object> =>
      (await askJetStream(admin, `STREAM.INFO.tidings-${host}`))['state'] ?? {};
    expect(await stateOf('web-1')).toMatchObject({ messages: 5 });

    const liar = await as('web-1');
    const refused: string[] = [];
    const listening = (async () => {
      for await (const status of liar.status())
        if (status.type === 'error') refused.push(status.error.message);
    })();
    const lies = [
      ...['tidings.db.container', 'tidings.db.alive.x', '$JS.API.STREAM.DELETE.tidings-db'],
      ...['$JS.API.STREAM.PURGE.tidings-web-1', '$JS.API.STREAM.CREATE.tidings-evil'],
      ...[
        '$JS.API.STREAM.UPDATE.tidings-web-1',
        '$JS.API.CONSUMER.CREATE.tidings-db',
        '$JS.API.STREAM.MSG.GET.tidings-db',
      ],
    ];
    for (const subject of lies) liar.publish(subject, '{}');
    liar.subscribe('tidings.db.*');
    liar.subscribe('_INBOX_tidings.>');
    await vi.waitFor(() => expect(refused).toHaveLength(lies.length + 2), 20_000);
    // Headers cannot purge its own stream either.
    const rollup = headers();
    rollup.set('Nats-Rollup', 'all');
    await liar.request('tidings.web-1.container', 'x', { headers: rollup, timeout: 5000 });
    expect(await stateOf('db')).toMatchObject({ messages: 0 });
    expect(await stateOf('web-1')).toMatchObject({ messages: 5 });
    await liar.close();
    await listening;
    await admin.close();
  });
});
