import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { createCollector } from '../../../../src/collector/collector.ts';
import { gapEvent } from '../../../../src/event.ts';
import { event } from '../../../support/events.ts';
import { serveHttp } from '../../../support/http-server.ts';
import { findTool } from '../../../support/tools.ts';
import { get, rawClient } from '../../../support/raw-http.ts';
import { ask } from '../../../support/unix-http.ts';
import type { EngineReport } from '../../../../src/server/context.ts';

const promtool = findTool('promtool');

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
    const monitor = {
      records: 1,
      ignored: 0,
      lines: 0,
      bytes: 700,
      discardedBytes: 104,
      gaps: 1,
    };
    await using server = await serveHttp(collector, {
      engines: () => [connected],
      undescribed: () => 3,
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
      tidings_monitor_undescribed_events_total: 3,
      tidings_journal_up: 0,
      tidings_journal_lost_events_total: 5,
      tidings_journal_pending_bytes: 77,
      tidings_journal_bytes: 4096,
      'tidings_event_loop_delay_seconds{quantile="0.99"}': expect.any(Number),
      process_resident_memory_bytes: expect.any(Number),
    });
  });

  it('counts so many unknown kinds of events, and every known one', async () => {
    const collector = createCollector({ limit: 10 });
    await using server = await serveHttp(collector);
    for (let i = 0; i < 1500; i++) collector.append([event({ action: `made-up-${i}` })]);
    for (const action of ['die', 'oom', 'die']) collector.append([event({ action })]);
    collector.append([event({ type: 'made-up', action: 'die' })]);
    const { body } = await ask(server.socket, 'GET', '/metrics');
    const counted = Object.entries(samples(body)).filter(([name]) => name.startsWith('tidings_events_total'));
    expect(counted).toHaveLength(1004);
    const count = (type: string, action: string): string =>
      `tidings_events_total{engine="test",type="${type}",action="${action}"}`;
    expect(Object.fromEntries(counted)).toMatchObject({
      [count('container', 'other')]: 500,
      [count('container', 'die')]: 2,
      [count('container', 'oom')]: 1,
      [count('other', 'die')]: 1,
    });
    expect(counted.reduce((sum, [, number]) => sum + number, 0)).toBe(1504);
  });

  it('has no command line, no secret and no text of any length in a label', async () => {
    const collector = createCollector({ limit: 10 });
    await using server = await serveHttp(collector);
    const secret = 's3cr3t';
    const actions = [
      ...[`exec_create: curl -H "X-Token: ${secret}" localhost`, `exec_start: sh -c ${secret}`],
      ...[`health_status: ${secret}`, `deploy --token=${secret}`, secret.repeat(20), `a\n${secret}`, ''],
    ];
    collector.append(actions.map((action) => event({ action })));
    collector.append([event({ type: `odd ${secret}`, source: { engine: `my engine ${secret}` } })]);
    const { body } = await ask(server.socket, 'GET', '/metrics');
    expect(body).not.toContain(secret);
    expect(samples(body)).toMatchObject({
      'tidings_events_total{engine="test",type="container",action="exec_create"}': 1,
      'tidings_events_total{engine="test",type="container",action="exec_start"}': 1,
      'tidings_events_total{engine="test",type="container",action="health_status"}': 1,
      'tidings_events_total{engine="test",type="container",action="other"}': 4,
      'tidings_events_total{engine="other",type="other",action="start"}': 1,
    });
  });

  it.skipIf(promtool === undefined)('is what promtool holds to be right', async () => {
    const collector = createCollector();
    collector.append([event({ action: 'die', source: docker })]);
    await using server = await serveHttp(collector, {
      engines: () => [connected],
      monitor: () => ({
        records: 1,
        ignored: 0,
        lines: 0,
        bytes: 700,
        discardedBytes: 104,
        gaps: 1,
      }),
      journal: () => ({ durable: 3, bytes: 4096, pending: 77, lost: 5, failure: undefined }),
    });
    const { body } = await ask(server.socket, 'GET', '/metrics');
    const { status, stdout, stderr } = spawnSync(promtool as string, ['check', 'metrics'], {
      input: body,
      encoding: 'utf8',
    });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
  });
});
