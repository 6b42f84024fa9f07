import { PassThrough, Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { died } from '../../../support/events.ts';
import { openSink } from '../../../support/sink.ts';
import { webHost } from '../../../support/web-host.ts';

describe('the HTTP sink', () => {
  it('posts a batch as NDJSON, with its credentials', async () => {
    const requests: unknown[] = [];
    await using server = await webHost((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      request.on('end', () => {
        requests.push([request.headers['content-type'], request.headers.authorization, body]);
        response.writeHead(204).end();
      });
    });
    process.env['SINK_TOKEN'] = 'sesame';
    using sink = openSink(`http: { url: '${server.url}', token: { env: SINK_TOKEN } }`);
    await expect(sink.send([died, { ...died, seq: 43 }])).resolves.toMatchObject({ result: 'done' });
    const [[type, authorization, body]] = requests as [[string, string, string]];
    expect([type, authorization]).toEqual(['application/x-ndjson', 'Bearer sesame']);
    expect(body.match(/^.+$/gm)?.map((line) => (JSON.parse(line) as { cursor: string }).cursor)).toEqual([
      expect.stringContaining('k3f:42'),
      expect.stringContaining('k3f:43'),
    ]);
  });

  it('fails, and may be asked again, if nothing answers', async () => {
    using sink = openSink("http: { url: 'http://no-such-host.invalid/' }");
    await expect(sink.send([died])).resolves.toMatchObject({ result: 'failed', retry: true });
  });
});

describe('the sink of standard output', () => {
  it('writes lines, and is done once they are taken', async () => {
    const stdout = new PassThrough();
    using sink = openSink('stdout: true', { stdout });
    await expect(sink.send([died])).resolves.toMatchObject({ result: 'done' });
    expect(String(stdout.read())).toMatch(/^\{"kind":"event",.*\}\n$/);
  });

  it('fails if they cannot be written', async () => {
    const stdout = new Writable({ write: (_, __, done) => done(new Error('EPIPE')) });
    stdout.on('error', () => undefined);
    using sink = openSink('stdout: true', { stdout });
    await expect(sink.send([died])).resolves.toMatchObject({
      result: 'failed',
      detail: 'standard output: EPIPE',
    });
  });
});
