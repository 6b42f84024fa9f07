import { describe, expect, it } from 'vitest';
import { playDocker } from '../support/docker-player.ts';
import { example } from '../support/example.ts';
import { recorded } from '../support/recorded.ts';

describe('examples/restart-loop-alarm', () => {
  const alarm = example('restart-loop-alarm.mjs');

  it('rings for a container that Docker restarted over and over', async () => {
    const { engine } = await playDocker(recorded('crash-loop'));
    const { stdout, until } = alarm(engine);
    await until(/over/);
    expect(stdout()).toBe(
      '\u0007worker: crash loop, exit code 3\n' +
        [4, 5, 6, 7].map((deaths) => `worker: ${deaths} deaths, exit code 3\n`).join('') +
        'worker: over, after 7 deaths\n',
    );
  });

  it('lets no name command the terminal', async () => {
    const name = '\u001b[31mred\u009b0m';
    const { engine } = await playDocker(
      recorded('crash-loop').map((event) => ({ ...event, name, attributes: { ...event.attributes, name } })),
    );
    const { stdout, until } = alarm(engine);
    await until(/over/);
    expect(stdout()).toContain('?[31mred?0m: over');
  });
});
