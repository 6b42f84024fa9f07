import { describe, expect, it } from 'vitest';
import { playDocker } from '../support/docker-player.ts';
import { example } from '../support/example.ts';
import { recorded } from '../support/recorded.ts';

describe('examples/deaths-per-minute', () => {
  const table = example('deaths-per-minute.mjs');

  it('counts by image and minute', async () => {
    const events = recorded('deaths');
    const later = recorded('crash-loop').map((event) => ({
      ...event,
      timeNano: event.timeNano + 60_000_000_000n,
      attributes: { ...event.attributes, image: 'worker:2\u001b[31m' },
    }));
    const { engine } = await playDocker([...events, ...later]);
    const { stdout, until } = table(engine);
    await until(/└.*\n$/);
    const rows = stdout()
      .split('\n')
      .filter((line) => line.startsWith('│'))
      .map((line) =>
        line
          .split('│')
          .map((cell) => cell.trim())
          .slice(1, -1),
      );
    expect(rows).toEqual([
      [expect.stringContaining('index'), '18:39', '18:40'],
      ['busybox:test', '8', '0'],
      ['worker:2?[31m', '0', '7'],
    ]);
  });
});
