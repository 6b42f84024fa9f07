import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import fc from 'fast-check';
import { asyncScheduler, firstValueFrom, lastValueFrom, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import * as api from '../../../../src/engines/docker/api.ts';
import { keyOf } from '../../../../src/engines/received.ts';
import { record } from '../../../support/record.ts';
import { unixServer } from '../../../support/unix-server.ts';

const source = { engine: 'docker', endpoint: 'unix:///d' };
const now = (): bigint => 7n;
const scheduler = asyncScheduler;

/** Docker's `/_ping` answer with the given headers, or another. */
async function ping(headers: Record<string, string>, status = 200, body = 'OK'): Promise<string> {
  await using server = await unixServer((_, response) => response.writeHead(status, headers).end(body));
  return (await firstValueFrom(api.ping(server.socket, now))).version;
}

const EVENT = {
  status: 'die',
  id: 'b568',
  from: 'bb:1',
  Type: 'container',
  Action: 'die',
  Actor: { ID: 'b568', Attributes: { app: 'wéb-🐳', exitCode: '137', image: 'bb:1', name: 'c1' } },
  scope: 'local',
  time: 1795447595,
};
const EXACT = `${JSON.stringify(EVENT).slice(0, -1)},"timeNano":1795447595506563031}\n`;

describe('the version to speak', () => {
  it.each([
    ['1.41', '1.41'],
    ['1.51', '1.51'],
    ['1.54', '1.54'],
    ['1.55', '1.54'],
    ['1.9', '1.9'],
    ['2.0', '1.54'],
    ['1.100', '1.54'],
  ])('to a daemon of %s is %s', async (theirs, ours) => {
    await expect(ping({ 'api-version': theirs })).resolves.toBe(ours);
  });

  it('is left to a daemon that states none', async () => {
    await expect(ping({})).resolves.toBe('');
  });

  it.each([
    [{ 'api-version': 'latest' }, 200, '', /states an invalid API version: latest/],
    [{ 'libpod-api-version': '4.3.1' }, 200, 'OK', /Podman/],
    [{}, 500, '{"message":"disk\\n\\u001b[31mfull"}', /it answers 500: disk {1,2}\[31mfull/],
    [{}, 404, '<html>\nnot here', /it answers 404: <html> not here/],
    [{}, 404, 'x'.repeat(100_000), /it answers 404: x{200}$/],
  ])('fails if the answer is %j %i %.20j', async (headers, status, body, why) => {
    await expect(ping(headers as Record<string, string>, status, body)).rejects.toThrow(why);
  });
});

describe('the identity', () => {
  const identity = async (status: number, body: string): Promise<string | undefined> => {
    await using server = await unixServer((_, response) => response.writeHead(status).end(body));
    return await firstValueFrom(api.identity(server.socket, '1.41'));
  };

  it('is the ID of the daemon, and unknown behind a proxy that refuses to tell it', async () => {
    await expect(identity(200, '{"ID":"A1"}')).resolves.toBe('A1');
    await expect(identity(403, '{"message":"not for you"}')).resolves.toBeUndefined();
    await expect(identity(404, 'not here')).resolves.toBeUndefined();
  });

  it('fails if the daemon fails: its containers would be those of another engine', async () => {
    await expect(identity(500, '{"message":"busy"}')).rejects.toThrow('it answers 500: busy');
    await expect(identity(503, '')).rejects.toThrow('it answers 503');
  });
});

describe('the events', () => {
  it('are asked for from the beginning, in the version to speak', async () => {
    const asked: (string | undefined)[] = [];
    await using server = await unixServer((request, response) => {
      asked.push(request.url);
      response.end();
    });
    await lastValueFrom(api.events(server.socket, '1.41', { source, now, scheduler }));
    await lastValueFrom(
      api.events(server.socket, '', { source, now, scheduler, until: 1_700_000_000_000_000_042n }),
    );
    expect(asked).toEqual(['/v1.41/events?since=0', '/events?since=0&until=1700000000.000000042']);
  });

  it('come whole, wherever the chunks are cut', async () => {
    const expected = {
      timeNano: 1795447595506563031n,
      type: 'container',
      action: 'die',
      id: 'b568',
      name: 'c1',
      attributes: EVENT.Actor.Attributes,
      scope: 'local',
      source,
    };
    const bytes = Buffer.from(EXACT.repeat(3));
    let cuts: number[] = [];
    await using server = await unixServer((_, response) => void sendInParts(response, bytes, cuts));
    const places = fc.uniqueArray(fc.nat({ max: bytes.length }), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(places, async (at) => {
        cuts = at.sort((a, b) => a - b);
        const [accepted, ...batches] = await lastValueFrom(
          api.events(server.socket, '1.41', { source, now, scheduler }).pipe(toArray()),
        );
        expect(accepted).toEqual([]);
        expect(batches).not.toContainEqual([]);
        expect(batches.flat()).toEqual(
          Array.from({ length: 3 }, () => ({ key: keyOf(expected), event: expected })),
        );
      }),
      { numRuns: 60 },
    );
  });

  it('that cannot be read are gaps of one, recognized when they come again', async () => {
    const odd = ['{"Type":"container"}', '{"Action":"die",}', '{"a":"breaks o\n'];
    await using server = await unixServer((_, response) => response.end(`${odd.join('')}${EXACT}`));
    const read = async (): Promise<unknown[]> =>
      (await lastValueFrom(api.events(server.socket, '', { source, now, scheduler }).pipe(toArray()))).flat();
    const heard = await read();
    expect(heard).toHaveLength(4);
    expect(heard.slice(0, 3)).toEqual(
      [/cannot be read \(it has no action\)/, /cannot be read/, /breaks off/].map((detail) => ({
        key: expect.any(String),
        event: expect.objectContaining({
          type: 'daemon',
          action: 'gap',
          timeNano: 7n,
          attributes: { reason: 'upstream', count: '1', detail: expect.stringMatching(detail) },
        }),
      })),
    );
    expect(await read()).toEqual(heard);
  });

  it('quotes an error that comes in parts', async () => {
    const message = Buffer.from(JSON.stringify({ message: 'client is too new: 🐳' }));
    await using server = await unixServer(
      (_, response) => void sendInParts(response.writeHead(400), message, [3, 5, message.length - 4]),
    );
    const events = api.events(server.socket, '1.41', { source, now, scheduler });
    await expect(lastValueFrom(events)).rejects.toThrow('it answers 400: client is too new: 🐳');
  });

  const failing: [string, RequestListener, RegExp][] = [
    [
      'a status',
      (_, r) => r.writeHead(400).end('{"message":"client version 1.51 is too new"}'),
      /400: client version/,
    ],
    ['HTML', (_, r) => r.end('<html></html>'), /expected JSON objects, got "<html><\/html>"/],
    ['a lost connection', (_, r) => r.write(EXACT.slice(0, 50), () => r.destroy()), /aborted/],
    ['no HTTP', (_, r) => r.socket?.end('SSH-2.0-OpenSSH\r\n'), /Parse Error/],
  ];
  it.each(failing)('end with an error at %s', async (_, listener, why) => {
    await using server = await unixServer(listener);
    await expect(
      lastValueFrom(api.events(server.socket, '1.41', { source, now, scheduler })),
    ).rejects.toThrow(why);
  });

  it('close their connection at once when unsubscribed', async () => {
    let close = (): void => {};
    const closed = new Promise<void>((resolve) => (close = resolve));
    await using server = await unixServer((_: IncomingMessage, response) => {
      response.on('close', () => close());
      response.flushHeaders();
    });
    const { until, subscription } = record(api.events(server.socket, '1.41', { source, now, scheduler }));
    await until(() => true);
    await expect(server.connections()).resolves.toBe(1);
    subscription.unsubscribe();
    await closed;
  });
});

/** Each part in a write of its own, and as far as the kernel goes in a read of its own. */
async function sendInParts(response: ServerResponse, bytes: Buffer, cuts: readonly number[]): Promise<void> {
  const at = [0, ...cuts, bytes.length];
  for (const [i, start] of at.entries()) {
    await new Promise((resolve) => response.write(bytes.subarray(start, at[i + 1] ?? bytes.length), resolve));
  }
  response.end();
}
