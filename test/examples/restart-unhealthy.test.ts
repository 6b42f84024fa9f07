import { describe, expect, it } from 'vitest';
import { playDocker } from '../support/docker-player.ts';
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
});
