import { describe, expect, it } from 'vitest';
import { createCollector } from '../../../../src/collector/collector.ts';
import { gapEvent } from '../../../../src/event.ts';
import { event } from '../../../support/events.ts';
import { serveHttp } from '../../../support/http-server.ts';
import { get, rawClient } from '../../../support/raw-http.ts';
import { ask } from '../../../support/unix-http.ts';
import type { EngineReport } from '../../../../src/server/context.ts';

const docker = { engine: 'docker', endpoint: 'unix:///var/run/docker.sock' };
const connected: EngineReport = {
  source: docker,
  state: 'connected',
  detail: 'its events arrive',
  version: '1.51',
  reconnects: 2,
};

/** The samples of a metrics page by name and labels. */
function samples(page: string): Record<string, number> {
  const lines = page.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(lines.map((line) => [line.replace(/ \S+$/, ''), Number(/\S+$/.exec(line)?.[0])]));
}

describe('/healthz', () => {
  it('tells which engine is connected', async () => {
    let state: EngineReport['state'] = 'connected';
    const engines = (): EngineReport[] => [{ ...connected, state }];
    await using server = await serveHttp(createCollector(), { engines });
    const health = async (): Promise<unknown> =>
      JSON.parse((await ask(server.socket, 'GET', '/healthz')).body);
    expect(await health()).toMatchObject({
      status: 'ok',
      version: '1.2.3',
      engines: [{ ...docker, state: 'connected', version: '1.51', reconnects: 2 }],
    });
    state = 'retrying';
    expect(await health()).toMatchObject({ status: 'degraded', engines: [{ state: 'retrying' }] });
  });
});

describe('/metrics', () => {
  it('counts what happens', async () => {
    const collector = createCollector({ limit: 4 });
    const monitor = { records: 1, ignored: 0, lines: 0, bytes: 700, discardedBytes: 104, gaps: 1 };
    await using server = await serveHttp(collector, {
      engines: () => [connected],
      monitor: () => monitor,
      journal: () => ({ durable: 3, bytes: 4096, pending: 77, lost: 5, failure: 'ENOSPC' }),
      maxSubscriptions: 2,
    });
    const die = { action: 'die', source: docker };
    const gap = gapEvent({ source: docker, timeNano: 1n, reason: 'upstream', detail: 'restarted' });
    collector.append([event(die), event(die), event({ source: docker }), gap]);
    collector.append(
      Array.from({ length: 4 }, () => event({ type: 'image', action: 'pull', source: docker })),
    );
    // Two places: one for a client that comes back too late, one that stays.
    using late = rawClient(server.socket, get('/v1/events?since=0'));
    using idle = rawClient(server.socket, get('/v1/events'));
    await Promise.all([late.until(/"kind":"gap"[^]*replay-end/), idle.until(/replay-end/)]);
    expect((await ask(server.socket, 'GET', '/v1/events')).status).toBe(429);

    const { headers, body } = await ask(server.socket, 'GET', '/metrics');
    expect(headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(samples(body)).toMatchObject({
      'tidings_events_total{engine="docker",type="container",action="die"}': 2,
      'tidings_events_total{engine="docker",type="container",action="start"}': 1,
      'tidings_events_total{engine="docker",type="daemon",action="gap"}': 1,
      'tidings_events_total{engine="docker",type="image",action="pull"}': 4,
      'tidings_subscriptions{protocol="native"}': 2,
      tidings_subscriptions_limit: 2,
      'tidings_subscriptions_refused_total{protocol="native"}': 1,
      'tidings_subscription_lag_events{protocol="native"}': 0,
      'tidings_subscription_gaps_total{protocol="native"}': 1,
      'tidings_engine_connected{engine="docker",endpoint="unix:///var/run/docker.sock"}': 1,
      'tidings_engine_reconnects_total{engine="docker",endpoint="unix:///var/run/docker.sock"}': 2,
      tidings_monitor_bytes_total: 700,
      tidings_monitor_discarded_bytes_total: 104,
      tidings_journal_up: 0,
      tidings_journal_lost_events_total: 5,
      tidings_journal_pending_bytes: 77,
      tidings_journal_bytes: 4096,
      'tidings_event_loop_delay_seconds{quantile="0.99"}': expect.any(Number),
      process_resident_memory_bytes: expect.any(Number),
    });
  });

  it('counts so many kinds of events and no more', async () => {
    const collector = createCollector({ limit: 10 });
    await using server = await serveHttp(collector);
    for (let i = 0; i < 1500; i++) collector.append([event({ action: `made-up-${i}` })]);
    const { body } = await ask(server.socket, 'GET', '/metrics');
    const counted = Object.entries(samples(body)).filter(([name]) => name.startsWith('tidings_events_total'));
    expect(counted).toHaveLength(1001);
    expect(counted).toContainEqual(['tidings_events_total{engine="test",type="other",action="other"}', 500]);
    expect(counted.reduce((sum, [, count]) => sum + count, 0)).toBe(1500);
  });
});
