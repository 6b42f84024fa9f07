import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { EngineEvent } from '../../src/event.ts';
import { playDocker } from '../support/docker-player.ts';
import { example } from '../support/example.ts';
import { recorded } from '../support/recorded.ts';
import { stateDirectory } from '../support/state-directory.ts';

const described = (name: string, labels: Record<string, string>): { Id: string } => ({
  Id: name.padEnd(64, '0'),
  ...{ Name: `/${name}`, State: { Status: 'running' }, Config: { Labels: labels }, HostConfig: {} },
});

describe('examples/proxy-config', () => {
  const proxy = example('proxy-config.mjs');
  const events = recorded('proxied');
  /** The events up to the first that is so, and the rest. */
  const upTo = (is: (event: EngineEvent) => boolean): [EngineEvent[], EngineEvent[]] => {
    const end = events.findIndex(is) + 1;
    return [events.slice(0, end), events.slice(end)];
  };

  it('follows labelled containers as they come, are renamed, and go', async () => {
    const directory = stateDirectory();
    const file = join(directory, 'upstreams.conf');
    const [first, rest] = upTo(({ action }) => action === 'rename');
    const { engine, play } = await playDocker(first, [
      described('old', { 'proxy.port': '80' }),
      described('evil', { 'proxy.port': '80; }' }),
      described('{evil}', { 'proxy.port': '80' }),
    ]);
    const { until } = proxy(file, engine);
    await until(/upstreams.conf: 3 upstreams/);
    expect(readFileSync(file, 'utf8')).toBe(
      'upstream api-old { server api-old:8080; }\n' +
        'upstream old { server old:80; }\n' +
        'upstream shop { server shop:3000; }\n',
    );
    play(rest);
    await until(/upstreams.conf: 1 upstreams/);
    expect(readFileSync(file, 'utf8')).toBe('upstream old { server old:80; }\n');
    expect(readdirSync(directory)).toEqual(['upstreams.conf']);
  });
});
