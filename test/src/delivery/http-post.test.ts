import { firstValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { HttpClient, judge, unanswered } from '../../../src/delivery/http-post.ts';
import { canMakeCertificate, makeCertificate } from '../../support/certificate.ts';
import { webHost } from '../../support/web-host.ts';

const answer = { status: 200, statusText: '', retryAfter: undefined, body: '' };

describe('an answer', () => {
  it.each([
    [{ status: 200 }, { result: 'done', retry: false }],
    [{ status: 400 }, { result: 'failed', retry: false, refusal: 'event' }],
    [{ status: 413 }, { result: 'failed', retry: false, refusal: 'size' }],
    [{ status: 422 }, { result: 'failed', retry: false, refusal: 'event' }],
    [
      { status: 429, retryAfter: '7' },
      { result: 'failed', retry: true, retryAfter: 7000 },
    ],
    [
      { status: 503, retryAfter: 'Thu, 01 Jan 1970 00:01:30 GMT' },
      { retry: true, retryAfter: 60_000 },
    ],
    [
      { status: 503, retryAfter: 'Thu, 01 Jan 1970 00:00:10 GMT' },
      { retry: true, retryAfter: 0 },
    ],
  ])('%j is judged', (given, outcome) => {
    expect(judge({ ...answer, ...given }, () => 30_000)).toMatchObject(outcome);
  });

  it('ignores a Retry-After that is neither seconds nor a date', () => {
    expect(judge({ ...answer, status: 503, retryAfter: 'soon' })).not.toHaveProperty('retryAfter');
  });

  it('that does not come states every reason', () => {
    const reasons = new AggregateError([new Error('ECONNREFUSED ::1'), new Error('ECONNREFUSED 127.0.0.1')]);
    expect(unanswered(reasons).detail).toBe('ECONNREFUSED ::1, ECONNREFUSED 127.0.0.1');
  });
});

describe('the client', () => {
  const content = { body: '{}', headers: {} };

  it('keeps its connection, and uses it again after the receiver closed it', async () => {
    const ports: (number | undefined)[] = [];
    let hangUp = false;
    await using server = await webHost((request, response) => {
      ports.push(request.socket.remotePort);
      if (hangUp) {
        hangUp = false;
        request.socket.resetAndDestroy();
      } else response.end('well');
    });
    const client = new HttpClient({ url: server.url, headers: {} });
    for (let i = 0; i < 3; i++) {
      if (i === 2) hangUp = true;
      await expect(firstValueFrom(client.post(content, true))).resolves.toMatchObject({ body: 'well' });
    }
    expect(ports).toHaveLength(4);
    expect(ports[1]).toBe(ports[0]);
    expect(ports[2]).toBe(ports[0]);
    expect(ports[3]).not.toBe(ports[0]);
  });

  it('reads the first 64 KiB of an answer, and no more', async () => {
    await using server = await webHost((_, response) => void response.end('x'.repeat(1_000_000)));
    const client = new HttpClient({ url: server.url, headers: {} });
    const { body } = await firstValueFrom(client.post(content, true));
    expect(body).toHaveLength(65_536);
  });

  it('fails if an answer that must be read is cut', async () => {
    await using server = await webHost((_, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('x');
      setImmediate(() => response.destroy());
    });
    const client = new HttpClient({ url: server.url, headers: {} });
    await expect(firstValueFrom(client.post(content, true))).rejects.toThrow(/aborted/);
  });

  it.skipIf(!canMakeCertificate)('accepts the certificates of its authorities only', async () => {
    const { cert, key } = makeCertificate();
    await using server = await webHost((_, response) => void response.end('well'), { cert, key });
    const send = async (ca?: string): Promise<unknown> =>
      await firstValueFrom(new HttpClient({ url: server.url, headers: {}, tls: { ca } }).post(content));
    await expect(send()).rejects.toThrow(/self-signed/);
    await expect(send(cert.toString())).resolves.toMatchObject({ status: 200 });
  });
});
