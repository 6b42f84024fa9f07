import { createServer, type IncomingHttpHeaders, request as plainRequest } from 'node:http';
import { request as secureRequest, type RequestOptions } from 'node:https';
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createCollector } from '../../../../src/collector/collector.ts';
import { ListenError } from '../../../../src/server/listen-error.ts';
import { checkTcp, type TcpOptions } from '../../../../src/server/http/tcp.ts';
import { canMakeCertificate, makeCertificate } from '../../../support/certificate.ts';
import { serveHttp } from '../../../support/http-server.ts';
import { get, rawClient } from '../../../support/raw-http.ts';

const loopback: TcpOptions = { address: 'localhost:0', insecureLoopback: true };
const token = 'correct-horse-battery';
const pem = { cert: Buffer.from('cert'), key: Buffer.from('key') };

describe('checkTcp', () => {
  it.each<[TcpOptions, { host: string; port: number }]>([
    [
      { address: '127.0.0.1:7777', insecureLoopback: true },
      { host: '127.0.0.1', port: 7777 },
    ],
    [
      { address: 'localhost:7777', insecureLoopback: true },
      { host: '127.0.0.1', port: 7777 },
    ],
    [
      { address: '127.9.9.9:0', insecureLoopback: true },
      { host: '127.9.9.9', port: 0 },
    ],
    [
      { address: '[::1]:7777', insecureLoopback: true },
      { host: '::1', port: 7777 },
    ],
    [
      { address: '0.0.0.0:7777', tls: pem, token },
      { host: '0.0.0.0', port: 7777 },
    ],
  ])('takes %j', (options, address) => {
    expect(checkTcp(options)).toEqual(address);
  });

  it.each<[TcpOptions, RegExp]>([
    [{ address: '127.0.0.1:7777' }, /give a certificate, its key and a token; or, on a loopback address/],
    [{ address: '127.0.0.1:7777', token }, /give a certificate, its key and a token/],
    [{ address: '127.0.0.1:7777', tls: pem }, /give a certificate, its key and a token/],
    [{ address: '0.0.0.0:7777', insecureLoopback: true }, /not a loopback address/],
    [{ address: '[::]:7777', insecureLoopback: true }, /not a loopback address/],
    [{ address: '192.168.1.1:7777', insecureLoopback: true, token }, /not a loopback address/],
    [{ address: 'example.org:7777', insecureLoopback: true }, /invalid address .*right would be/],
    [{ address: '127.0.0.1', insecureLoopback: true }, /invalid address/],
    [{ address: '127.0.0.1:70000', insecureLoopback: true }, /invalid address/],
    [{ address: '::1:7777', insecureLoopback: true }, /invalid address/],
    [{ address: '127.0.0.1:1', tls: pem, token: 'short' }, /16 characters or more/],
  ])('refuses %j', (options, message) => {
    expect(() => checkTcp(options)).toThrow(message);
  });
});

/** Asks over TCP; gives back the status and the body. */
async function askTcp(
  endpoint: string,
  path: string,
  options: RequestOptions = {},
): Promise<[number, string]> {
  const { hostname, port, protocol } = new URL(endpoint);
  const request = protocol === 'https:' ? secureRequest : plainRequest;
  return await new Promise((resolve, reject) => {
    const outgoing = request({ hostname, port, path, agent: false, ...options }, (incoming) => {
      text(incoming).then((body) => resolve([incoming.statusCode ?? 0, body]), reject);
    });
    outgoing.on('error', reject).end();
  });
}

describe('HTTP on loopback', () => {
  it('answers only those that mean this server', async () => {
    await using server = await serveHttp(createCollector(), { http: { tcp: loopback } });
    const endpoint = server.tcp as string;
    const status = async (headers: Record<string, string>): Promise<number> =>
      (await askTcp(endpoint, '/healthz', { headers }))[0];
    const { port } = new URL(endpoint);
    expect(await status({})).toBe(200);
    expect(await status({ host: `localhost:${port}` })).toBe(200);
    expect(await status({ host: '[::1]:1' })).toBe(200);
    // A page whose host's name leads here (DNS rebinding), and one that knows the address.
    expect(await status({ host: `evil.example:${port}` })).toBe(421);
    expect(await status({ host: '10.0.0.1' })).toBe(421);
    expect(await status({ origin: 'http://evil.example' })).toBe(403);
    expect(await status({ origin: 'null' })).toBe(403);
    expect(await status({ origin: `http://127.0.0.1:${port}` })).toBe(200);
    // Another program of this machine that serves pages has another port.
    expect(await status({ origin: 'http://127.0.0.1:1' })).toBe(403);
    expect(await status({ origin: 'http://127.0.0.1' })).toBe(403);
    expect(await status({ origin: 'http://127.0.0.1', host: '127.0.0.1:80' })).toBe(200);
    expect(await status({ origin: 'http://[::1]:7777', host: '[::1]:7777' })).toBe(200);
    expect(await status({ origin: `http://localhost:${port}` })).toBe(403);
    for (const origin of ['', 'x', 'http://', `file://127.0.0.1:${port}/x`, `//127.0.0.1:${port}`]) {
      expect([origin, await status({ origin })]).toEqual([origin, 403]);
    }
  });

  it('says nothing that lets a page of another site read', async () => {
    await using server = await serveHttp(createCollector(), { http: { tcp: loopback } });
    const client = rawClient(
      server.socket,
      get('/healthz', 'origin: http://evil.example', 'connection: close'),
    );
    expect(await client.ended).not.toMatch(/access-control/i);
  });

  it('has the system look after connections on which nothing happens', async () => {
    await using server = await serveHttp(createCollector(), { http: { tcp: loopback } });
    const { port } = new URL(server.tcp as string);
    const outgoing = plainRequest({ port, path: '/v1/events', agent: false });
    outgoing.end();
    await once(outgoing, 'response');
    // Its column `tr`: 02 is the timer of keep-alive probes (proc(5)).
    const local = `0100007F:${Number(port).toString(16).toUpperCase().padStart(4, '0')}`;
    const timers = readFileSync('/proc/net/tcp', 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter(([, from, , state]) => from === local && state === '01')
      .map((fields) => fields[5]?.slice(0, 2));
    expect(timers).toEqual(['02']);
    outgoing.destroy();
  });

  it('says which address is taken, and does not listen on the socket either', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const tcp = { ...loopback, address: `127.0.0.1:${port}` };
    await expect(serveHttp(createCollector(), { http: { tcp } })).rejects.toThrow(ListenError);
    await expect(serveHttp(createCollector(), { http: { tcp } })).rejects.toThrow(`127.0.0.1:${port}`);
    other.close();
  });
});

describe.skipIf(!canMakeCertificate)('HTTP with TLS and a token', () => {
  it('answers only those who have the token', async () => {
    const tls = makeCertificate();
    const tcp = { address: '127.0.0.1:0', tls, token };
    await using server = await serveHttp(createCollector(), { http: { tcp } });
    const endpoint = server.tcp as string;
    expect(endpoint).toMatch(/^https:/);
    const ask = async (headers: Record<string, string>): Promise<number> =>
      (
        await askTcp(endpoint, '/v1/events?follow=false', {
          ca: tls.cert,
          servername: 'tidings.test',
          headers,
        })
      )[0];
    expect(await ask({ authorization: `Bearer ${token}` })).toBe(200);
    expect(await ask({ authorization: `Bearer ${token}`, host: 'tidings.test' })).toBe(200);
    expect(await ask({ authorization: `Bearer ${token}`, host: 'evil.example' })).toBe(421);
    expect(await ask({})).toBe(401);
    expect(await ask({ authorization: 'Bearer wrong' })).toBe(401);
    expect(await ask({ authorization: `Basic ${token}` })).toBe(401);
    // Plain HTTP gets no answer that could be taken for one.
    await expect(askTcp(endpoint.replace('https', 'http'), '/healthz')).rejects.toThrow(/hang up|ECONNRESET/);
  });

  it('closes connections whose handshake does not end, and serves those with the token meanwhile', async () => {
    const tls = makeCertificate();
    const tcp = { address: '127.0.0.1:0', tls, token };
    const http = { tcp, limits: { headersWithin: 2_000 } };
    await using server = await serveHttp(createCollector(), { http, max: { unauthorized: 8 } });
    const { port } = new URL(server.tcp as string);
    const ask = async (): Promise<number> =>
      (
        await askTcp(server.tcp as string, '/healthz', {
          ca: tls.cert,
          servername: 'tidings.test',
          headers: { authorization: `Bearer ${token}` },
        })
      )[0];
    const beginnings = [Buffer.alloc(0), Buffer.from([0x16, 3, 1]), Buffer.from('GET / HTTP/1.1\r\n\r\n')];
    const flood = Array.from({ length: 30 }, (_, i) => {
      const socket = connect(Number(port), '127.0.0.1');
      socket.on('error', () => undefined).resume();
      socket.write(beginnings[i % beginnings.length] as Buffer);
      return once(socket, 'close');
    });
    expect(await ask()).toBe(200);
    // Each is closed: to make room, as it is not TLS, or since it takes too long.
    await Promise.all(flood);
    expect(await ask()).toBe(200);
    const page = await askTcp(server.tcp as string, '/metrics', {
      ca: tls.cert,
      servername: 'tidings.test',
      headers: { authorization: `Bearer ${token}` },
    });
    expect(
      Number(/^tidings_limit_refused_total\{limit="unauthorized"\} (\d+)$/m.exec(page[1])?.[1]),
    ).toBeGreaterThan(0);
  });

  it('closes the connection of a client without the token', async () => {
    const tls = makeCertificate();
    await using server = await serveHttp(createCollector(), {
      http: { tcp: { address: '127.0.0.1:0', tls, token } },
    });
    const headers = new Promise<IncomingHttpHeaders>((resolve, reject) => {
      const { port } = new URL(server.tcp as string);
      secureRequest({ port, path: '/v1/events', ca: tls.cert, servername: 'tidings.test' }, (incoming) => {
        incoming.resume();
        resolve(incoming.headers);
      })
        .on('error', reject)
        .end();
    });
    expect(await headers).toMatchObject({ connection: 'close' });
  });
});
