/** `tidings replay` of a recording of a real crash loop. */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { cli } from '../../support/cli.ts';

const tidings = cli();
const recording = fileURLToPath(new URL('../../recordings/crash-loop.ndjson', import.meta.url));

describe('tidings replay', () => {
  it.each(['text', 'json', 'docker', 'isula', '{{.Action}} {{.Name}}'])(
    'prints what a recording holds as -o %s',
    async (format) => {
      const read = ['events', '--from', recording, '-o', format];
      const replayed = await tidings(['replay', recording, '--speed', 'max', '-o', format]).finished;
      expect(replayed).toEqual(await tidings(read).finished);
      expect(replayed.stdout).not.toBe('');
    },
  );

  it('selects events, and runs commands', async () => {
    const args = ['event=die', '--tail', '2', '--exec', 'echo {{.Action}}', '-o', '{{.Action}}'];
    await expect(tidings(['replay', recording, '--speed', 'max', ...args]).finished).resolves.toMatchObject({
      code: 0,
      stdout: 'die\ndie\n',
      stderr: 'die\ndie\n',
    });
  });

  it('ends at a signal, in the middle of a wait', async () => {
    const running = tidings(['replay', recording, '--speed', '0.001']);
    await running.until(/./);
    running.child.kill('SIGINT');
    await expect(running.finished).resolves.toMatchObject({ code: 130 });
  });

  it.each([
    [
      ['--speed', 'fast'],
      64,
      /--speed: invalid factor 'fast': right would be a number above 0 such as 10, or max/,
    ],
    [['--speed', '0'], 64, /invalid factor '0'/],
    [['--speed', '-1'], 64, /invalid factor '-1'/],
    [['--idle', 'soon'], 64, /--idle: invalid duration/],
  ])('refuses %j', async (args, code, why) => {
    await expect(tidings(['replay', recording, ...args]).finished).resolves.toMatchObject({
      code,
      stderr: expect.stringMatching(why),
    });
  });
});
