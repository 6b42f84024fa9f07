import { describe, expect, it } from 'vitest';
import { dockerdAvailable, useDockerd } from '../support/dockerd.ts';
import { example } from '../support/example.ts';

describe.skipIf(!dockerdAvailable)('examples/restart-unhealthy on a real dockerd', () => {
  const heal = example('restart-unhealthy.mjs');
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
