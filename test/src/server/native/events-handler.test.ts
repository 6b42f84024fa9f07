import { toArray, lastValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { createFrameReader } from '../../../../page/data/frames.ts';
import { followDaemon } from '../../../../src/client/follow.ts';
import { createCollector } from '../../../../src/collector/collector.ts';
import type { Query } from '../../../../src/collector/query.ts';
import { event, events } from '../../../support/events.ts';
import { serveHttp } from '../../../support/http-server.ts';
import { get, rawClient } from '../../../support/raw-http.ts';
import { record } from '../../../support/record.ts';
import { ask } from '../../../support/unix-http.ts';

describe('GET /v1/events', () => {
  it('sends frames in order: ready, replay, its end, live, the end', async () => {
    const collector = createCollector();
    collector.append(events(3));
    await using server = await serveHttp(collector);
    const frames = record(followDaemon({ endpoint: server.endpoint, query: { since: 0n } }));
    await frames.until(({ kind }) => kind === 'replay-end');
    collector.append(events(2, 'live'));
    await frames.until((_, all) => all.length === 7);
    await server.close();
    await frames.until(({ kind }) => kind === 'end');
    expect(frames.values.map((frame) => (frame.kind === 'event' ? frame.event.name : frame.kind))).toEqual([
      'ready',
      ...['e0', 'e1', 'e2'],
      'replay-end',
      ...['live0', 'live1'],
      'end',
    ]);
    expect(frames.values.at(-1)).toMatchObject({ reason: 'shutdown', cursor: collector.newest });
  });

  it('ends where the query does', async () => {
    const collector = createCollector();
    collector.append(events(1000));
    await using server = await serveHttp(collector);
    const all = async (query: Query): Promise<unknown[]> => {
      const frames = await lastValueFrom(followDaemon({ endpoint: server.endpoint, query }).pipe(toArray()));
      return frames.map((frame) => (frame.kind === 'event' ? frame.event.seq : frame.kind));
    };
    expect(await all({ name: 'e500', follow: false })).toEqual(['ready', 501, 'replay-end', 'end']);
    expect(await all({ since: 0n, until: 2_000_000n })).toEqual(['ready', 1, 2, 'replay-end', 'end']);
    expect(await all({ cursor: collector.newest, follow: false })).toEqual(['ready', 'replay-end', 'end']);
  });

  it('sends many events in a line to a client that accepts them packed', async () => {
    const collector = createCollector();
    collector.append(events(3));
    await using server = await serveHttp(collector);
    using client = rawClient(
      server.socket,
      get('/v1/events?follow=false', 'accept: application/vnd.tidings.packed, application/x-ndjson'),
    );
    const answer = await client.ended;
    expect(answer).toContain('content-type: application/vnd.tidings.packed');
    const lines = answer.split('\n').filter((line) => line.startsWith('{'));
    const frames = lines.map(createFrameReader());
    expect(frames.map((frame) => frame?.kind)).toEqual(['ready', 'events', 'replay-end', 'end']);
    expect(frames[1]).toMatchObject({
      cursor: collector.newest,
      events: [
        { seq: 1, name: 'e0' },
        { seq: 2, name: 'e1' },
        { seq: 3, name: 'e2' },
      ],
    });
  });

  it('refuses invalid requests with a message', async () => {
    await using server = await serveHttp(createCollector());
    const refusal = async (query: string): Promise<unknown> => {
      const { status, body } = await ask(server.socket, 'GET', `/v1/events?${query}`);
      return [status, (JSON.parse(body) as { message: string }).message];
    };
    expect(await refusal('since=10&until=5')).toEqual([
      400,
      expect.stringContaining("'since' time cannot be after 'until' time"),
    ]);
    expect(await refusal('filters={"colour":["red"]}')).toEqual([400, expect.stringContaining('known')]);
    expect(await refusal('name=/(a)\\1/')).toEqual([400, expect.stringContaining('the back-reference')]);
    expect(await refusal('nmae=web')).toEqual([400, expect.stringContaining('unknown parameter "nmae"')]);
    expect(await ask(server.socket, 'POST', '/v1/events')).toMatchObject({ status: 405 });
    expect(await ask(server.socket, 'GET', '/nowhere')).toMatchObject({
      status: 404,
      body: expect.stringContaining(' is not served: tidings serves the events of containers') as string,
    });
  });

  it('runs the expressions of a client that comes back in linear time, and says when nothing is left', async () => {
    const collector = createCollector();
    collector.append(Array.from({ length: 2000 }, () => event({ name: `${'a'.repeat(64)}!` })));
    await using server = await serveHttp(collector);
    const again = async (query: string, last = collector.oldest): Promise<number> => {
      const head = get(`/v1/events?${query}`, `last-event-id: ${last}`, 'connection: close');
      return Number(/^HTTP\/1.1 (\d+)/.exec(await rawClient(server.socket, head).ended)?.[1]);
    };
    expect(await again(`name=${encodeURIComponent('/^(a+)+$/i')}&follow=false`)).toBe(204);
    expect(await again('name=zzz*&follow=false')).toBe(204);
    expect(await again('name=zzz*&until=1')).toBe(204);
    expect(await again('name=a*&follow=false')).toBe(200);
    expect(await again(`name=${'a'.repeat(64)}!&follow=false`, collector.newest)).toBe(204);
    expect(await again('nmae=x&follow=false')).toBe(400);
    expect(collector.status.subscriptions).toBe(1);
  });
});
