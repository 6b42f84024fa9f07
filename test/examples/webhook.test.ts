import { createServer, type RequestListener } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { playDocker } from '../support/docker-player.ts';
import { example } from '../support/example.ts';
import { recorded } from '../support/recorded.ts';

/** A server that answers with these, in turn, then 200, and what was posted to it. */
async function receiver(...statuses: number[]): Promise<{ url: string; posted: Record<string, unknown>[] }> {
  const posted: Record<string, unknown>[] = [];
  const answer = async (...[request, response]: Parameters<RequestListener>): Promise<void> => {
    const body = await text(request);
    const status = statuses.shift() ?? 200;
    if (status === 200) posted.push(JSON.parse(body) as Record<string, unknown>);
    response.writeHead(status).end();
  };
  const server = createServer((request, response) => void answer(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, posted };
}

describe('examples/webhook', () => {
  const webhook = example('webhook.mjs');

  it('posts each unrequested death, and tries again', async () => {
    const { url, posted } = await receiver(500, 503);
    const { engine } = await playDocker(recorded('deaths'));
    const { until, stderr } = webhook(url, engine);
    await until(/(posted: 200\n){3}/);
    expect(Object.fromEntries(posted.map(({ name, cause }) => [name, cause]))).toEqual({
      hungry: 'out-of-memory',
      struck: 'unexplained',
      buggy: 'crashed',
    });
    expect(posted).toContainEqual({
      id: expect.stringMatching(/^[0-9a-f]{64}$/),
      name: 'hungry',
      image: 'busybox:test',
      time: expect.stringMatching(/^\d{19}$/),
      exitCode: 137,
      cause: 'out-of-memory',
      because: 'killed by the kernel, out of memory',
    });
    expect(stderr()).toBe('');
  });
});
