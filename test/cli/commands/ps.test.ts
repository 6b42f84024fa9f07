/** `ps`, `wait` and `expect` against a real daemon, told of containers through its FIFO. */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Daemon, startDaemon } from '../../../src/index.ts';
import { event } from '../../support/events.ts';
import { cli, type Finished } from '../../support/cli.ts';

const tidings = cli();
const directory = mkdtempSync('/tmp/td-');
const stateDir = join(directory, 'state');
const place = ['--state-dir', stateDir];
let daemon: Daemon;

beforeAll(async () => {
  daemon = await startDaemon({ stateDir, dataDir: join(directory, 'data'), engines: ['none'] });
});
afterAll(async () => {
  await daemon.close();
  rmSync(directory, { recursive: true, force: true });
});

/** Something happens to a container, now. */
function happen(name: string, action: string, attributes: Record<string, string> = {}): void {
  const timeNano = BigInt(Date.now()) * 1_000_000n;
  const source = { engine: 'docker', endpoint: 'unix:///d' };
  const image = 'bb:1';
  const id = Buffer.from(name.padEnd(32)).toString('hex');
  daemon.collector.append([
    event({ id, name, action, timeNano, source, attributes: { image, ...attributes } }),
  ]);
}

const run = async (...args: readonly string[]): Promise<Finished> =>
  await tidings([...args, ...place]).finished;

describe('tidings ps', () => {
  beforeAll(() => {
    for (const name of ['web', 'db', 'job']) {
      happen(name, 'create');
      happen(name, 'start');
    }
    happen('db', 'health_status: unhealthy');
    happen('job', 'die', { exitCode: '3' });
    happen('evil\u001b[31m', 'start');
  });

  it('shows what runs, as a table', async () => {
    const { code, stdout } = await run('ps');
    const [head, ...rows] = stdout.trimEnd().split('\n');
    expect(code).toBe(0);
    expect(head?.split(/ {2,}/)).toEqual([
      'NAME',
      'STATE',
      'SINCE',
      'IMAGE',
      'RESTARTS',
      'PID',
      'ENGINE',
      'ID',
    ]);
    expect(rows).toHaveLength(3);
    expect(rows[0]).toMatch(/^db +running \(unhealthy\) +\S+ +bb:1 +0 +docker +64622020/);
    expect(rows[1]).toMatch(/^evil\\x1b\[31m +running/);
    expect(rows[2]).toMatch(/^web +running +/);
  });

  it('shows what does not run with -a, by name, as JSON', async () => {
    const { stdout } = await run('ps', '-a', '-n', 'j*', '-o', 'json');
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([expect.objectContaining({ name: 'job', state: 'exited', exitCode: 3, engine: 'docker' })]);
  });

  it('shows what ran at a time', async () => {
    await new Promise((resolve) => setTimeout(resolve, 2));
    const { code, stdout } = await run('ps', '--at', '1ms', '-n', 'web');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^web +running/m);
    await expect(run('ps', '--at', '2020-01-01')).resolves.toMatchObject({
      code: 0,
      stdout: expect.not.stringContaining('web'),
    });
  });

  it('watches', async () => {
    const watching = tidings(['ps', '--watch', ...place]);
    await watching.until(/^web +running/m);
    happen('later', 'start');
    await watching.until(/^later +running/m);
    watching.child.kill('SIGINT');
    await expect(watching.finished).resolves.toMatchObject({ code: 130 });
  });

  it.each([
    [['--at', 'now-ish'], /--at: invalid time/],
    [['--at', '1h', '--watch'], /exclude each other/],
    [['-n', '['], /--name: invalid name pattern/],
  ])('refuses %j', async (flags, why) => {
    await expect(run('ps', ...flags)).resolves.toMatchObject({
      code: 64,
      stderr: expect.stringMatching(why),
    });
  });

  it('says so where there is no daemon', async () => {
    const { code, stderr } = await tidings(['ps', '--host', `unix://${directory}/none`]).finished;
    expect({ code, stderr }).toEqual({ code: 69, stderr: expect.stringContaining('no daemon answers') });
  });
});

describe('tidings ps --format', () => {
  it.each([
    ['{{.Names}} {{.State}} {{.Restarts}}', 'db running 0\nweb running 0\n'],
    ['{{.Name}} {{json .Labels}} {{.ExitCode}}', 'db {} \nweb {} \n'],
    [
      'table {{.Names}}\\t{{.Status}}',
      'NAMES     STATUS\ndb        running (unhealthy)\nweb       running\n',
    ],
  ])('%s', async (template, lines) => {
    await expect(run('ps', 'web', 'db', '--format', template)).resolves.toMatchObject({
      stdout: lines,
      stderr: '',
    });
  });

  it.each([
    ['{{.Nam}}', /--format: invalid template .*unknown field .Nam: known are ID, Names/],
    ['csv', /--output: unknown format 'csv': known are table, json/],
  ])('refuses %s', async (template, why) => {
    await expect(run('ps', '--format', template)).resolves.toMatchObject({
      code: 64,
      stderr: expect.stringMatching(why),
    });
  });
});

describe('tidings wait', () => {
  it.each([
    ['3221225786', 58],
    ['3221225728', 255],
    ['-1', 255],
    ['256', 255],
  ])('never ends with 0 for a container that failed with %s', async (exitCode, code) => {
    const name = `failed${exitCode}`;
    happen(name, 'start');
    happen(name, 'die', { exitCode });
    await expect(run('wait', name)).resolves.toMatchObject({ code, stdout: `${exitCode}\n` });
  });

  it('waits for several, and prints their exit codes in the order of their names', async () => {
    for (const [name, exitCode] of [
      ['one', '0'],
      ['two', '5'],
    ] as const) {
      happen(name, 'start');
      happen(name, 'die', { exitCode });
    }
    await expect(run('wait', 'one', 'two')).resolves.toMatchObject({ code: 5, stdout: '0\n5\n' });
    happen('three', 'start');
    await expect(run('wait', 'three', 'one', '--any')).resolves.toMatchObject({ code: 0, stdout: 'one 0\n' });
    await expect(run('wait', 'one', 'three', '--timeout', '0.2')).resolves.toMatchObject({
      code: 124,
      stderr: 'tidings: one, three were not exited within 0.2 s\n',
    });
  });

  it('waits up to 40 days, longer than a timer of the system', async () => {
    happen('steady', 'start');
    const waiting = tidings(['wait', 'steady', '--timeout', '40d', ...place]);
    while (daemon.collector.status.subscriptions < 3) await new Promise((resolve) => setTimeout(resolve, 5));
    happen('steady', 'die', { exitCode: '0' });
    await expect(waiting.finished).resolves.toMatchObject({ code: 0, stdout: '0\n', stderr: '' });
  });

  it('prints the exit code and ends with it, at once where it is over already', async () => {
    happen('over', 'start');
    happen('over', 'die', { exitCode: '7' });
    await expect(run('wait', 'over')).resolves.toMatchObject({ code: 7, stdout: '7\n', stderr: '' });
  });

  it('is woken by the event', async () => {
    happen('long', 'start');
    const waiting = tidings(['wait', 'long', '--for', 'healthy', ...place]);
    // A subscription is there once it waits.
    while (daemon.collector.status.subscriptions < 3) await new Promise((resolve) => setTimeout(resolve, 5));
    happen('long', 'health_status: healthy');
    await expect(waiting.finished).resolves.toMatchObject({ code: 0, stdout: '' });
  });

  it('takes a name of two engines with --any, and says which container it was', async () => {
    happen('twin', 'start');
    const source = { engine: 'podman', endpoint: 'unix:///p' };
    const [one, other] = ['start', 'die'].map((action) =>
      event({ id: 'ef'.repeat(32), name: 'twin', action, source, attributes: { exitCode: '4' } }),
    );
    daemon.collector.append([one, other].filter((each) => each !== undefined));
    await expect(run('wait', 'twin')).resolves.toMatchObject({
      code: 64,
      stderr: expect.stringMatching(/several containers are called "twin"/),
    });
    const line = `twin 4 podman ${'ef'.repeat(32)}\n`;
    await expect(run('wait', 'twin', '--any')).resolves.toMatchObject({ code: 4, stdout: line });
  });

  it.each([
    [['nobody'], 1, /there is no container "nobody"/],
    [['web', '--timeout', '10ms'], 124, /web was not exited within 10ms/],
    [['web', '--timeout', 'soon'], 64, /--timeout: invalid duration/],
    [['w*'], 64, /give the name or id of one container/],
    [['web', '--for', 'ever'], 64, /Allowed choices are exited, running, healthy, removed/],
  ])('%j ends with %i', async (args, code, why) => {
    await expect(run('wait', ...args)).resolves.toMatchObject({ code, stderr: expect.stringMatching(why) });
  });
});

describe('tidings expect', () => {
  it('is met by events in order, and prints them', async () => {
    happen('e1', 'start');
    happen('e1', 'health_status: healthy');
    happen('e1', 'die', { exitCode: '0' });
    const { code, stdout } = await run(
      'expect',
      'e1 start',
      'e? health_status:healthy',
      'die exitCode=0',
      '-S',
      '1m',
    );
    expect(code).toBe(0);
    expect(stdout.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/ e1 +start/),
      expect.stringMatching(/ e1 +healthy ♥$/),
      expect.stringMatching(/ e1 +die /),
    ]);
  });

  it.each(['text', 'wide', 'json', 'isula', 'docker'])('takes a line of -o %s', async (format) => {
    happen(`p-${format}`, 'start');
    happen(`p-${format}`, 'die', { exitCode: '3' });
    const printed = await run('events', '-S', '1m', '--no-follow', '-o', format, '-n', `p-${format}`);
    const lines = printed.stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(2);
    // The same again, and a run that ends in another way.
    await expect(run('expect', ...lines, '-S', '1m', '-q')).resolves.toMatchObject({ code: 0, stderr: '' });
    const other = lines.map((line) =>
      line.replace(/exit 3|exitCode(=|":")3/g, (text) => text.replace('3', '4')),
    );
    await expect(run('expect', ...other, '-S', '1m', '--within', '1s')).resolves.toMatchObject({ code: 1 });
  });

  it('is not met otherwise, and says what was missing', async () => {
    happen('e2', 'start');
    const { code, stdout, stderr } = await run(
      'expect',
      'e2 start',
      'e2 die',
      '-S',
      '1m',
      '--within',
      '2s',
      '-o',
      'json',
    );
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      name: 'e2',
      action: 'start',
      cursor: expect.stringContaining(':'),
    });
    expect(stderr).toBe(
      "tidings: waiting for 'e2 start', then 'e2 die', for at most 2s\ntidings: not met within 2s: e2 die\n",
    );
  });

  it.each([
    [[''], /invalid pattern ""/],
    [['a b c'], /invalid pattern "a b c": right would be \[NAME\] ACTION/],
    [['[ die'], /invalid name pattern/],
    [['die colour=red'], /unknown filter "colour"/],
    [['die', '--within', 'soon'], /--within: invalid duration/],
  ])('refuses %j', async (args, why) => {
    await expect(run('expect', ...args)).resolves.toMatchObject({
      code: 64,
      stderr: expect.stringMatching(why),
    });
  });
});
