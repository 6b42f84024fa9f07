/** Clients that are gone before they are answered. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createCollector } from '../../../../src/collector/collector.ts';
import { events } from '../../../support/events.ts';
import { serveHttp } from '../../../support/http-server.ts';
import { get } from '../../../support/raw-http.ts';
import { ask } from '../../../support/unix-http.ts';

const paths = [
  ...[
    '/v1/events',
    '/v1/events?since=0',
    '/v1/events?since=0&follow=false',
    '/v1/containers',
    '/v1/containers?at=0s',
  ],
  ...[
    '/events',
    '/events?since=0&until=1',
    '/v4.3.1/libpod/events',
    '/_ping',
    '/info',
    '/healthz',
    '/metrics',
  ],
  ...['/nowhere', '/v1/events?nonsense=1'],
];

describe('a client that is gone', () => {
  it.each(paths)('right after its request for %s holds nothing and harms no other client', async (path) => {
    const collector = createCollector();
    collector.append(events(1000));
    await using server = await serveHttp(collector, {
      containersAt: () =>
        new Promise((resolve) => setImmediate(() => resolve({ at: '0', containers: [], gaps: [] }))),
    });
    const before = collector.status.subscriptions;
    for (const requests of [1, 2, 5]) {
      for (const headers of [[], ['last-event-id: x:1'], [`last-event-id: ${collector.oldest}`]]) {
        const socket = connect(server.socket);
        socket.on('error', () => undefined);
        await once(socket, 'connect');
        socket.write(get(path, ...headers).repeat(requests));
        if (requests === 2) socket.destroy();
        else socket.destroySoon();
      }
    }
    expect((await ask(server.socket, 'GET', '/_ping')).status).toBe(200);
    await expect.poll(() => collector.status.subscriptions).toBe(before);
    expect(server.context.connections.open).toBeLessThanOrEqual(1);
  });
});
