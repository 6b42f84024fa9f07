import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { createCollector } from '../../../src/collector/collector.ts';
import { type Gateway, openGateway } from '../../../src/gateway/gateway.ts';
import { ListenError } from '../../../src/server/listen-error.ts';
import { events } from '../../support/events.ts';
import { serveHttp } from '../../support/http-server.ts';

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

async function ask(
  { port }: Gateway,
  method: string,
  path: string,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return await new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, method, path, headers, agent: false }, (incoming) => {
      const answer = { status: incoming.statusCode ?? 0, headers: incoming.headers };
      text(incoming).then((body) => resolve({ ...answer, body }), reject);
    });
    outgoing.on('error', reject).end();
  });
}

const tokenIn = ({ address }: Gateway): string => address.split('#token=')[1] ?? '';
const messageIn = ({ body }: Answer): string => (JSON.parse(body) as { message: string }).message;

/** Begins the session; gives the cookie back. */
async function begin(gateway: Gateway): Promise<string> {
  const { status, headers } = await ask(gateway, 'POST', '/session', {
    authorization: `Bearer ${tokenIn(gateway)}`,
  });
  expect(status).toBe(204);
  return String(headers['set-cookie']);
}

async function withGateway(body: (gateway: Gateway) => Promise<void>, count = 3): Promise<void> {
  const collector = createCollector();
  collector.append(events(count));
  await using server = await serveHttp(collector);
  const gateway = await openGateway({ endpoint: server.endpoint });
  try {
    await body(gateway);
  } finally {
    await gateway.close();
  }
}

describe('the session', () => {
  it('begins once, with the token of the address', async () => {
    await withGateway(async (gateway) => {
      const wrong = await ask(gateway, 'POST', '/session', { authorization: 'Bearer wrong' });
      expect([wrong.status, messageIn(wrong)]).toEqual([403, expect.stringContaining('another token')]);
      const cookie = await begin(gateway);
      expect(cookie).toMatch(/^tidings-\d+=[\w-]{43}; HttpOnly; SameSite=Strict; Path=\/v1$/);
      const used = await ask(gateway, 'POST', '/session', { authorization: `Bearer ${tokenIn(gateway)}` });
      expect([used.status, messageIn(used)]).toEqual([403, expect.stringContaining('works once')]);
    });
  });

  it('is needed for events, and not for the files of the page', async () => {
    await withGateway(async (gateway) => {
      const { status, headers, body } = await ask(gateway, 'GET', '/');
      expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
      expect(body).toContain('/page.js');
      const path = '/v1/events?since=0&follow=false';
      const refused = await ask(gateway, 'GET', path);
      expect([refused.status, messageIn(refused)]).toEqual([401, expect.stringContaining('no session')]);
      const [cookie = ''] = (await begin(gateway)).split(';');
      const kinds = (await ask(gateway, 'GET', path, { cookie })).body
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { kind: string }).kind);
      expect(kinds).toEqual(['ready', 'event', 'event', 'event', 'replay-end', 'end']);
      // A reload works; the cookie of another page, or a guess, does not.
      expect((await ask(gateway, 'GET', path, { cookie: `a=b; ${cookie}` })).status).toBe(200);
      for (const other of [`${cookie}x`, cookie.replace('tidings-', 'tidings-1'), cookie.slice(0, -1)]) {
        expect((await ask(gateway, 'GET', path, { cookie: other })).status).toBe(401);
      }
    });
  });
});

describe('requests', () => {
  it('from other origins are refused, other ports included', async () => {
    await withGateway(async (gateway) => {
      const { port } = gateway;
      const [cookie = ''] = (await begin(gateway)).split(';');
      const status = async (headers: Record<string, string>): Promise<number> =>
        (await ask(gateway, 'GET', '/v1/host', { cookie, ...headers })).status;
      expect(await status({})).toBe(200);
      expect(await status({ host: `localhost:${port}` })).toBe(200);
      expect(await status({ origin: `http://127.0.0.1:${port}` })).toBe(200);
      expect(await status({ 'sec-fetch-site': 'same-origin' })).toBe(200);
      // DNS rebinding, and pages of other programs of this machine.
      expect(await status({ host: `evil.example:${port}` })).toBe(421);
      expect(await status({ host: '127.0.0.1' })).toBe(421);
      expect(await status({ host: `127.0.0.1:${port + 1}` })).toBe(421);
      expect(await status({ origin: `http://127.0.0.1:${port + 1}` })).toBe(403);
      expect(await status({ origin: `http://localhost:${port}` })).toBe(403);
      expect(await status({ origin: 'null' })).toBe(403);
      expect(await status({ 'sec-fetch-site': 'same-site' })).toBe(403);
    });
  });

  it('that change something, or that only an engine answers, are not served', async () => {
    await withGateway(async (gateway) => {
      const [cookie = ''] = (await begin(gateway)).split(';');
      for (const [method, path] of [
        ['POST', '/v1/events'],
        ['GET', '/containers/json'],
        ['GET', '/metrics'],
      ] as const) {
        const { status, body } = await ask(gateway, method, path, { cookie });
        expect([status, body]).toEqual([404, expect.stringContaining('is not served')]);
      }
    });
  });

  it('get the reason if the daemon is away', async () => {
    const gateway = await openGateway({ endpoint: 'unix:///tmp/td-nowhere/s' });
    const [cookie = ''] = (await begin(gateway)).split(';');
    const answer = await ask(gateway, 'GET', '/v1/host', { cookie });
    expect([answer.status, messageIn(answer)]).toEqual([
      502,
      expect.stringContaining('no daemon answers at'),
    ]);
    await gateway.close();
  });

  it('on a port that is taken fail at the start', async () => {
    await withGateway(async ({ port }) => {
      await expect(openGateway({ endpoint: 'unix:///tmp/s', port })).rejects.toThrow(ListenError);
    });
  });

  it('end with the browser: the stream of the daemon ends too', async () => {
    const collector = createCollector();
    await using server = await serveHttp(collector);
    const gateway = await openGateway({ endpoint: server.endpoint });
    const [cookie = ''] = (await begin(gateway)).split(';');
    const open = (): number => server.context.subscriptions.status().get('native')?.open ?? 0;
    const outgoing = request({
      host: '127.0.0.1',
      port: gateway.port,
      path: '/v1/events',
      headers: { cookie },
    });
    outgoing.on('error', () => undefined).end();
    await expect.poll(open).toBe(1);
    outgoing.destroy();
    await expect.poll(open).toBe(0);
    await gateway.close();
  });
});
