import { describe, expect, it, onTestFinished } from 'vitest';
import { createCollector } from '../../../../src/collector/collector.ts';
import { events } from '../../../support/events.ts';
import { type HttpServer, serveHttp } from '../../../support/http-server.ts';
import { get, type RawClient, rawClient } from '../../../support/raw-http.ts';
import { ask } from '../../../support/unix-http.ts';
import { type Log, silent } from '../../../../src/log.ts';

function open(path: string, bytes: string | Buffer): RawClient {
  const client = rawClient(path, bytes);
  onTestFinished(() => client[Symbol.dispose]());
  return client;
}

/** Resolves once it is so: the other side notices in its own time. */
const until = (condition: () => boolean): Promise<void> => expect.poll(condition, { interval: 5 }).toBe(true);

const subscriptions = ({ context }: HttpServer): number =>
  context.subscriptions.status().get('native')?.open ?? 0;

/** Short enough to be waited for; whether they are kept is all that is looked at. */
const impatient = { http: { limits: { headersWithin: 100 } } };

describe('the HTTP core, asked for an unknown path', () => {
  it.each([
    ['GET', '/favicon.ico', 404],
    ['GET', '/v1/event', 404],
    ['POST', '/v1/events', 405],
    ['DELETE', '/healthz', 404],
    ['GET', '/%zz', 404],
    ['GET', '//v1//events', 404],
    ['GET', `/v1/events?name=${'x'.repeat(17_000)}`, 414],
    ['GET', `/v1/events?filters=${encodeURIComponent('{"event":')}`, 400],
  ])('answers %s %.30s with %i', async (method, path, status) => {
    await using server = await serveHttp(createCollector());
    const answer = await ask(server.socket, method, path);
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.body)).toEqual({ message: expect.any(String) });
  });

  it('takes bytes in a query unchanged, even if they are not text', async () => {
    await using server = await serveHttp(createCollector());
    expect((await ask(server.socket, 'GET', '/v1/events?follow=false&name=%ff%fe')).status).toBe(200);
  });

  it('never answers with what steers a terminal', async () => {
    await using server = await serveHttp(createCollector());
    const { body } = await ask(server.socket, 'GET', '/v1/events?since=%1b%5b2J%c2%9b');
    expect(body).toContain('\\u001b[2J\\u009b');
    // oxlint-disable-next-line no-control-regex -- these are what it is about
    expect(body).not.toMatch(/[\u001b\u009b]/);
  });
});

describe('the HTTP core and clients that do not behave', () => {
  it.each([
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', /^HTTP\/1\.1 505 .*HTTP\/1\.1, not HTTP\/2/s],
    ['TLS', Buffer.from('16030100c8010000c40303', 'hex'), /^HTTP\/1\.1 400 .*is not an HTTP\/1.1 request/s],
    ['binary', Buffer.from(Array.from({ length: 300 }, (_, i) => (i * 7) % 256)), /^HTTP\/1\.1 400 /],
    ['a binary URL', Buffer.from('GET /\x00\x01\xff HTTP/1.1\r\n\r\n', 'latin1'), /^HTTP\/1\.1 400 /],
    ['too many headers', get('/healthz', `x: ${'y'.repeat(40_000)}`), /^HTTP\/1\.1 431 .*too long/s],
    ['two lengths', get('/healthz', 'content-length: 1', 'content-length: 2'), /^HTTP\/1\.1 400 /],
  ])('answers %s in plain words and closes', async (_, bytes, answer) => {
    await using server = await serveHttp(createCollector());
    expect(await open(server.socket, bytes).ended).toMatch(answer);
    expect((await ask(server.socket, 'GET', '/healthz')).status).toBe(200);
  });

  it('closes one whose request does not come (slowloris)', async () => {
    await using server = await serveHttp(createCollector(), impatient);
    const slow = open(server.socket, 'GET /v1/events HTTP/1.1\r\nhost: loc');
    expect(await slow.ended).toMatch(/^HTTP\/1\.1 408 .*did not arrive in time/s);
  });

  it('ends in time though one is in the middle of a request', async () => {
    const server = await serveHttp(createCollector());
    const cut = open(server.socket, 'GET /v1/events HTTP/1.1\r\nhost: loc');
    const nothing = open(server.socket, '');
    await ask(server.socket, 'GET', '/healthz');
    await server[Symbol.asyncDispose]();
    await Promise.all([cut.ended, nothing.ended]);
  });

  it('frees the resources of a client that cuts the connection', async () => {
    const collector = createCollector();
    await using server = await serveHttp(collector);
    for (const how of ['destroy', 'end'] as const) {
      const client = open(server.socket, get('/v1/events'));
      await client.until(/replay-end/);
      expect(subscriptions(server)).toBe(1);
      client.socket[how]();
      await until(() => subscriptions(server) === 0);
    }
  });

  it('answers requests that come together, each in its turn', async () => {
    const collector = createCollector();
    collector.append(events(3));
    await using server = await serveHttp(collector);
    const client = open(server.socket, get('/healthz') + get('/nowhere') + get('/v1/events?follow=false'));
    const text = await client.ended;
    expect([...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual([
      '200',
      '404',
      '200',
    ]);
    expect(text).toMatch(/"name":"e2".*"kind":"end","reason":"complete".*\r\n0\r\n\r\n$/s);
  });

  it('ends a connection that asks on behind a stream', async () => {
    const collector = createCollector();
    await using server = await serveHttp(collector);
    const client = open(server.socket, get('/v1/events'));
    await client.until(/replay-end/);
    client.socket.write(get('/v1/events'));
    await client.ended;
    await until(() => subscriptions(server) === 0);
  });

  it('skips an unexpected body', async () => {
    await using server = await serveHttp(createCollector());
    const client = open(
      server.socket,
      get('/v1/events?follow=false', 'content-length: 100000') + 'x'.repeat(100_000),
    );
    expect(await client.ended).toMatch(/^HTTP\/1\.1 200 .*"kind":"end"/s);
  });

  it('sends a client of HTTP/1.0 the bytes as they are', async () => {
    const collector = createCollector();
    collector.append(events(2));
    await using server = await serveHttp(collector);
    const text = await open(server.socket, 'GET /v1/events?since=0&follow=false HTTP/1.0\r\n\r\n').ended;
    const [head = '', body = ''] = text.split('\r\n\r\n');
    expect(head).not.toMatch(/transfer-encoding/i);
    expect(
      body
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as { kind: string }).kind),
    ).toEqual(['ready', 'event', 'event', 'replay-end', 'end']);
  });

  it('takes only so many connections', async () => {
    await using server = await serveHttp(createCollector(), { max: { connections: 2 } });
    const clients = Array.from({ length: 2 }, () => open(server.socket, get('/v1/events')));
    await Promise.all(clients.map((client) => client.until(/replay-end/)));
    expect(await open(server.socket, get('/v1/events')).ended).toBe('');
  });
});

describe('the HTTP core and internal errors', () => {
  it('answers with 500, and the log has what happened', async () => {
    const errors: unknown[] = [];
    const log: Log = { ...silent, error: (fields) => errors.push(fields['err']) };
    const broken = new Error('the disk is gone');
    await using server = await serveHttp(createCollector(), {
      log,
      http: {
        protocols: [
          {
            name: 'broken',
            routes: () => [{ methods: ['GET'], path: '/broken', handle: () => Promise.reject(broken) }],
          },
        ],
      },
    });
    const { status, body } = await ask(server.socket, 'GET', '/broken');
    expect([status, body]).toEqual([500, '{"message":"internal error: see the log"}\n']);
    expect(errors).toEqual([broken]);
  });
});
