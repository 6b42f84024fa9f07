import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { cli } from '../../support/cli.ts';
import { makeFifo } from '../../support/fifo.ts';
import { stateDirectory } from '../../support/state-directory.ts';

const tidings = cli();
const id = '3277'.repeat(16);
let directory = '';
beforeEach(() => {
  directory = stateDirectory();
});

/** A daemon on the directory, which listens. */
async function serve(): Promise<ReturnType<typeof tidings>> {
  const running = tidings(['serve', '--state-dir', directory, '--engine', 'none']);
  await running.until(/monitor FIFO/, 'stderr');
  return running;
}

describe('tidings send', () => {
  it('reaches the daemon, and all of its clients', async () => {
    await serve();
    const env = { TIDINGS_STATE_DIR: directory };
    const events = tidings(['events', '-S', '10m', '-o', 'json'], { env });
    const others = tidings(['events', '-S', '10m', '-n', 'other', '-o', 'json'], { env });
    const sent = [
      ['container', id, 'start', '--pid', '9007', '--extra', 'image=busybox', '--extra', 'name=web'],
      ['container', 'other', 'die', '--exit-code', '0', '--state-dir', directory],
      ['container', 'web', 'exec_start', '--args', 'sh -c "echo hi"'],
      ['container', 'web', 'update', '--extra', `label=${'x'.repeat(300)}`],
      ['image', 'busybox:latest', 'pull'],
    ];
    for (const args of sent) {
      expect(await tidings(['send', ...args], { env }).finished).toEqual({ code: 0, stdout: '', stderr: '' });
    }
    await events.until(/busybox:latest/);
    await others.until(/\n/);
    const lines = events
      .stdout()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toMatchObject([
      { action: 'start', id, name: 'web', attributes: { image: 'busybox', pid: '9007' } },
      { action: 'die', id: 'other', name: 'other', attributes: { exitCode: '0' } },
      { action: 'exec_start', attributes: { args: 'sh -c "echo hi"' } },
      { action: 'update', attributes: { label: 'x'.repeat(300) } },
      { type: 'image', action: 'pull', id: 'busybox:latest', name: 'busybox:latest', attributes: {} },
    ]);
    expect(others.stdout()).toMatch(/^\{.*"action":"die".*\}\n$/);
  });

  it("makes an event that isula's line shows exactly", async () => {
    await serve();
    const event = {
      ...{ time: '2022-05-10T17:20:34.661862100+08:00', action: 'start', id },
      attributes: { image: 'busybox', pid: 9007 },
    };
    execFileSync('sh', [
      '-c',
      'printf "%s\\n" "$1" > "$2"',
      '',
      JSON.stringify(event),
      join(directory, 'monitord_fifo'),
    ]);
    await tidings([
      'send',
      'container',
      id,
      'start',
      '--pid',
      '9007',
      '--extra',
      'image=busybox',
      '--state-dir',
      directory,
    ]).finished;
    const shown = tidings(['events', '--state-dir', directory, '--no-follow', '-o', 'isula'], {
      env: { TZ: 'Asia/Shanghai' },
    });
    const { stdout } = await shown.finished;
    const [stated, sent] = stdout.split('\n');
    const rest = ` container start ${id} (image=busybox, name=${id}, pid=9007)`;
    expect(stated).toBe(`2022-05-10T17:20:34.661862100+08:00${rest}`);
    expect(sent?.slice('2022-05-10T17:20:34.661862100+08:00'.length)).toBe(rest);
  });

  it.each([
    [[], 'Usage: tidings send'],
    [['container'], "missing required argument 'name'"],
    [['container', 'web'], "missing required argument 'state'"],
    [['container', 'web', 'star'], 'unknown container state "star": known are exit, die, starting'],
    [['image', 'busybox', 'start'], 'unknown image state "start": known are load, remove'],
    [['contaner', 'web', 'start'], "unknown command 'contaner'\n(Did you mean container?)"],
    [['container', '', 'start'], 'invalid name ""'],
    [['container', 'we\nb', 'start'], 'invalid name "we\\nb"'],
    [['container', 'web', 'start', '--pid', 'x'], "--pid: invalid number 'x': a whole number, 0 or more"],
    [['container', 'web', 'die', '--exit-code', '-1'], "--exit-code: invalid number '-1'"],
    [['container', 'web', 'start', '--extra', 'x'], "--extra: invalid attribute 'x': KEY=VALUE"],
    [['container', 'web', 'start', '--args', 'x'.repeat(5000)], 'at most 4096 are written in one piece'],
    [['image', 'busybox', 'pull', '--pid', '1'], "unknown option '--pid'"],
  ])('answers %j before it opens anything', async (args, message) => {
    // A file that is not a FIFO would be noticed on opening.
    writeFileSync(join(directory, 'monitord_fifo'), '');
    const { code, stdout, stderr } = await tidings(['send', ...args], {
      env: { TIDINGS_STATE_DIR: directory },
    }).finished;
    expect({ code, stdout }).toEqual({ code: 64, stdout: '' });
    expect(stderr).toContain(message);
  });

  it('says that there is no daemon', async () => {
    const send = (): Promise<unknown> =>
      tidings(['send', 'container', 'web', 'start', '--state-dir', directory]).finished;
    const path = join(directory, 'monitord_fifo');
    expect(await send()).toEqual({
      ...{ code: 69, stdout: '' },
      stderr: `tidings: no daemon at ${path}: there is no such FIFO (ENOENT)\n`,
    });
    makeFifo(path);
    expect(await send()).toMatchObject({
      ...{ code: 69, stdout: '' },
      stderr: `tidings: no daemon at ${path}: no process reads it (ENXIO)\n`,
    });
  });
});
