import { execFileSync } from 'node:child_process';
import type { RequestListener } from 'node:http';
import { firstValueFrom, lastValueFrom, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type Delivery, post, sign } from '../../../src/delivery/webhook.ts';
import { findTool } from '../../support/tools.ts';
import { webHost } from '../../support/web-host.ts';

const delivery: Delivery = {
  id: 'k3f:42/tell',
  timestamp: 1_795_447_595,
  body: '{"action":"die","name":"wéb-🐳"}',
};

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

describe('the signature', () => {
  it('is that of the Standard Webhooks', () => {
    const reference: Delivery = {
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      timestamp: 1_614_265_330,
      body: '{"test": 2432232314}',
    };
    expect(sign(secret, reference)).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  });

  it.skipIf(findTool('python3') === undefined)(
    'is what others make of it, with any text as the secret',
    () => {
      const code = `
import base64, hashlib, hmac, json, sys
secret, d = sys.argv[1], json.loads(sys.argv[2])
signed = f"{d['id']}.{d['timestamp']}.{d['body']}".encode()
print("v1," + base64.b64encode(hmac.new(secret.encode(), signed, hashlib.sha256).digest()).decode(), end="")`;
      const args = ['-c', code, 'a plain secret', JSON.stringify(delivery)];
      expect(sign('a plain secret', delivery)).toBe(execFileSync('python3', args, { encoding: 'utf8' }));
    },
  );
});

describe('a webhook', () => {
  it('gets the event, and what it takes to trust it', async () => {
    const requests: unknown[] = [];
    await using server = await webHost((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      request.on('end', () => {
        requests.push([request.method, request.url, request.headers, body]);
        response.writeHead(204).end();
      });
    });
    const headers = { authorization: 'Bearer t' };
    await expect(firstValueFrom(post({ url: server.url, headers, secret }, delivery))).resolves.toEqual({
      result: 'done',
      detail: 'it answered 204',
      retry: false,
    });
    expect(requests).toEqual([
      [
        'POST',
        '/hook?a=b',
        expect.objectContaining({
          'content-type': 'application/json',
          'user-agent': expect.stringMatching(/^tidings\/\d/),
          authorization: 'Bearer t',
          'webhook-id': 'k3f:42/tell',
          'webhook-timestamp': '1795447595',
          'webhook-signature': sign(secret, delivery),
        }),
        delivery.body,
      ],
    ]);
  });

  it.each([
    [200, 'done', false],
    [301, 'failed', false],
    [400, 'failed', false],
    [404, 'failed', false],
    [408, 'failed', true],
    [429, 'failed', true],
    [500, 'failed', true],
    [503, 'failed', true],
  ])('that answers %i has %s, and is asked again: %s', async (status, result, retry) => {
    const asked: (string | undefined)[] = [];
    await using server = await webHost((request, response) => {
      asked.push(request.url);
      response.writeHead(status, { location: '/elsewhere' }).end('x'.repeat(100_000));
    });
    const outcomes = await lastValueFrom(post({ url: server.url, headers: {} }, delivery).pipe(toArray()));
    expect(outcomes).toMatchObject([
      { result, retry, detail: expect.stringContaining(`it answered ${status}`) },
    ]);
    expect(asked).toEqual(['/hook?a=b']);
  });

  it.each<[string, RequestListener, RegExp]>([
    ['hangs up', (_, response) => response.destroy(), /other side closed|socket hang up/i],
    [
      'speaks no HTTP',
      (_, response) => response.socket?.end('SSH-2.0-OpenSSH\r\n\r\n'),
      /Parse|HTTP|Response/i,
    ],
  ])('that %s may be asked again', async (_, listener, why) => {
    await using server = await webHost(listener);
    await expect(firstValueFrom(post({ url: server.url, headers: {} }, delivery))).resolves.toEqual({
      result: 'failed',
      retry: true,
      detail: expect.stringMatching(why),
    });
  });

  it('that is not there may be asked again', async () => {
    const server = await webHost(() => undefined);
    await server[Symbol.asyncDispose]();
    await expect(firstValueFrom(post({ url: server.url, headers: {} }, delivery))).resolves.toMatchObject({
      result: 'failed',
      retry: true,
      detail: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it('that hangs is cancelled', async () => {
    let gone = (): void => undefined;
    const isGone = new Promise<void>((resolve) => (gone = resolve));
    await using server = await webHost((request) => {
      request.on('close', () => gone());
      subscription.unsubscribe();
    });
    const values: unknown[] = [];
    const subscription = post({ url: server.url, headers: {} }, delivery).subscribe((value) =>
      values.push(value),
    );
    await isGone;
    expect(values).toEqual([]);
  });

  it('whose answer never ends has answered', async () => {
    let gone = (): void => undefined;
    const isGone = new Promise<void>((resolve) => (gone = resolve));
    await using server = await webHost((_, response) => {
      response.on('close', () => gone());
      response.writeHead(200).write('and so on');
    });
    await expect(lastValueFrom(post({ url: server.url, headers: {} }, delivery))).resolves.toMatchObject({
      result: 'done',
    });
    await isGone;
  });
});
