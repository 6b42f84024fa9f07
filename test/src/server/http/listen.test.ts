import { existsSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { followDaemon } from '../../../../src/client/follow.ts';
import { createCollector } from '../../../../src/collector/collector.ts';
import { events } from '../../../support/events.ts';
import { serveHttp } from '../../../support/http-server.ts';
import { get, rawClient } from '../../../support/raw-http.ts';
import { record } from '../../../support/record.ts';
import { virtualTime } from '../../../support/virtual-time.ts';
import { CLOSE_WITHIN } from '../../../../src/server/context.ts';

describe('the end of an HTTP server', () => {
  it('gives everyone what is due and a clean end, and cuts off who does not take it', async () => {
    const collector = createCollector();
    const time = virtualTime();
    await using server = await serveHttp(collector, { scheduler: time.scheduler });
    const reading = record(followDaemon({ endpoint: server.endpoint }));
    await reading.until(({ kind }) => kind === 'replay-end');
    using sse = rawClient(server.socket, get('/v1/events', 'accept: text/event-stream'));
    using stalled = rawClient(server.socket, get('/v1/events'));
    await Promise.all([sse.until(/replay-end/), stalled.until(/replay-end/)]);
    stalled.socket.pause();
    // One that keeps its connection, and one that has sent nothing.
    const agent = new Agent({ keepAlive: true });
    const asked = request({ socketPath: server.socket, path: '/healthz', agent }).end();
    const [answer] = (await once(asked, 'response')) as [NodeJS.ReadableStream];
    answer.resume();
    await once(answer, 'end');
    using silent = rawClient(server.socket, '');

    collector.append(events(20_000));
    const closed = server.close();
    await reading.until(({ kind }) => kind === 'end');
    const text = await sse.ended;
    time.pass(CLOSE_WITHIN);
    await closed;
    expect(reading.values.filter(({ kind }) => kind === 'event')).toHaveLength(20_000);
    expect(reading.values.at(-1)).toEqual({ kind: 'end', reason: 'shutdown', cursor: collector.newest });
    expect(text).toMatch(/event: end\ndata: \{"kind":"end","reason":"shutdown".*\}\n\n\r\n0\r\n\r\n$/);
    expect(await silent.ended).toBe('');
    expect(existsSync(server.socket)).toBe(false);
    stalled.socket.resume();
    expect(await stalled.ended).not.toMatch(/"kind":"end"/);
    agent.destroy();
  });

  it('is the same for all who ask for it', async () => {
    const server = await serveHttp(createCollector());
    await Promise.all([server.close(), server.close()]);
    await server[Symbol.asyncDispose]();
  });
});
