import { describe, expect, it } from 'vitest';
import { playDocker } from '../support/docker-player.ts';
import { dockerdAvailable, useDockerd } from '../support/dockerd.ts';
import { example } from '../support/example.ts';
import { recorded } from '../support/recorded.ts';

describe('examples/restart-unhealthy', () => {
  const heal = example('restart-unhealthy.mjs');

  it('restarts what fell ill, once each time', async () => {
    const events = recorded('health');
    const id = events.find(({ name }) => name === 'sick')?.id;
    const others = events
      .filter(({ type }) => type === 'container')
      .map((event) => ({ ...event, id: 'f'.repeat(64), attributes: { name: 'other' } }));
    const { engine, asked } = await playDocker([...others, ...events]);
    const { until, stdout, stderr } = heal(engine);
    await until(/(sick: restarted\n){2}/);
    expect(asked).toEqual([`POST /containers/${id}/restart?t=10`, `POST /containers/${id}/restart?t=10`]);
    expect(stdout()).toBe('sick: restarted\nsick: restarted\n');
    expect(stderr()).toMatch(/^(docker: connecting\n)+docker: connected\n$/);
  });

  describe.skipIf(!dockerdAvailable)('on a real dockerd', () => {
    const dockerd = useDockerd();

    it('restarts what its health check calls ill', { timeout: 60_000 }, async () => {
      const { api } = dockerd();
      const call = api.bind(dockerd());
      const { until } = heal(`docker=${dockerd().endpoint}`);
      await until(/connected/, 'stderr');
      await call('POST', '/containers/create?name=sick', {
        Image: 'busybox:test',
        Cmd: ['sleep', '1000'],
        Labels: { autoheal: 'true' },
        StopSignal: 'SIGKILL',
        HostConfig: { NetworkMode: 'none' },
        Healthcheck: { Test: ['CMD', 'false'], Interval: 1e9, Timeout: 5e9, Retries: 1 },
      });
      await call('POST', '/containers/sick/start');
      await until(/sick: restarted/);
      const { RestartCount, State } = await call<{ RestartCount: number; State: { Status: string } }>(
        'GET',
        '/containers/sick/json',
      );
      expect(State.Status).toBe('running');
      expect(RestartCount).toBe(0); // That counts what the engine does by itself.
      expect(await dockerd().heldEvents()).toContain('"Action":"restart"');
    });
  });
});
