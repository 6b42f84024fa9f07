import { request } from 'node:https';
import { gunzipSync } from 'node:zlib';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { createCollector } from '../../../../src/collector/collector.ts';
import { pageFile, singlePage } from '../../../../src/server/page/files.ts';
import { canMakeCertificate, makeCertificate } from '../../../support/certificate.ts';
import { serveHttp } from '../../../support/http-server.ts';
import { ask } from '../../../support/unix-http.ts';

const PATHS = ['/', '/page.js', '/page.css', '/icon.svg'];

describe('the page of a daemon', () => {
  it('is on its socket, with a policy that allows no other source', async () => {
    await using server = await serveHttp(createCollector());
    for (const path of PATHS) {
      const { status, headers } = await ask(server.socket, 'GET', path);
      const policy = String(headers['content-security-policy']);
      expect([path, status, headers['x-content-type-options']]).toEqual([path, 200, 'nosniff']);
      expect(policy).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'/);
      expect(policy).not.toMatch(/unsafe|http:|https:|\*/);
      expect(headers).not.toHaveProperty('access-control-allow-origin');
    }
  });

  it('is sent again only if it has changed', async () => {
    await using server = await serveHttp(createCollector());
    const { headers } = await ask(server.socket, 'GET', '/page.js');
    expect(headers['cache-control']).toBe('no-cache');
    expect(headers['etag']).toMatch(/^"[\w-]{22}"$/);
  });

  it('has at most 150 kB, compressed', () => {
    const bytes = PATHS.map((path) => (path === '/' ? 'index.html' : path.slice(1)))
      .map((name) => pageFile(name, '').gzipped.length)
      .reduce((sum, each) => sum + each, 0);
    expect(bytes).toBeGreaterThan(10_000);
    expect(bytes).toBeLessThan(150_000);
  });

  it('asks nothing of other servers', () => {
    const { body } = pageFile('page.js', '');
    const others = new Set(body.toString().match(/https?:\/\/[\w.-]+/g));
    // Names of XML, not addresses.
    expect([...others].filter((each) => each !== 'http://www.w3.org')).toEqual([]);
  });

  it('in one file has its script and style by their digests only', () => {
    const [before, after] = singlePage();
    expect(before).toMatch(/script-src 'sha256-[\w+/=]{44}'; style-src 'sha256-[\w+/=]{44}'/);
    expect(before).toMatch(/<script type="application\/x-ndjson" id="data">\n$/);
    expect(after).toMatch(/^<\/script>\n<script type="module">/);
    expect(`${before}${after}`).not.toMatch(/ (src|href)="(?!data:)/);
  });
});

describe.skipIf(!canMakeCertificate)('the page over TCP with a token', () => {
  it('needs no token for its files, and one for its data', async () => {
    const token = 'correct-horse-battery';
    const tcp = { address: '127.0.0.1:0', tls: makeCertificate(), token };
    await using server = await serveHttp(createCollector(), { http: { tcp } });
    const get = async (path: string, headers: Record<string, string> = {}): Promise<[number, Buffer]> =>
      await new Promise((resolve, reject) => {
        const url = new URL(path, server.tcp);
        request(url, { rejectUnauthorized: false, agent: false, headers }, (incoming) => {
          buffer(incoming).then((body) => resolve([incoming.statusCode ?? 0, body]), reject);
        })
          .on('error', reject)
          .end();
      });
    const [status, body] = await get('/', { 'accept-encoding': 'gzip' });
    expect([status, gunzipSync(body).toString()]).toEqual([200, expect.stringContaining('/page.js')]);
    expect((await get('/?x=1'))[0]).toBe(200);
    expect((await get('/v1/host'))[0]).toBe(401);
    expect((await get('/healthz'))[0]).toBe(401);
    expect((await get('/page.js/../v1/host'))[0]).toBe(401);
    const [open, host] = await get('/v1/host', { authorization: `Bearer ${token}` });
    expect([open, JSON.parse(host.toString())]).toEqual([200, expect.objectContaining({ version: '1.2.3' })]);
    // Public files do not take a place among authorized clients.
    expect((await get('/', { host: 'evil.example' }))[0]).toBe(421);
    expect((await get('/', { origin: 'http://evil.example' }))[0]).toBe(403);
  });
});
