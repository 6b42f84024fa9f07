import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { width } from '../../../cli/render/width.ts';
import type { Frame } from '../../../src/index.ts';
import { cli, type Finished } from '../../support/cli.ts';
import { at, endFrame, eventFrame, lines, ready } from '../../support/frames.ts';
import { findTool } from '../../support/tools.ts';
import { type UnixServer, unixServer } from '../../support/unix-server.ts';

const tidings = cli();

/** Only GNU's tail tells that a reader is gone. */
const gnuTail =
  spawnSync('tail', ['--version'], { encoding: 'utf8' }).stdout?.includes('GNU coreutils') ?? false;

const id = '3277'.repeat(16);
const start = eventFrame(1, {
  id,
  name: id,
  timeNano: 1652174434661862100n,
  attributes: { pid: '9007', image: 'busybox' },
  source: { engine: 'isulad' },
});
const overflow: Frame = { kind: 'gap', from: at(2), to: at(49), count: 48, reason: 'overflow' };

/** A daemon that says this to everyone. */
const daemon = (...frames: Frame[]): Promise<UnixServer> =>
  unixServer((_, response) => void response.write(lines(ready, ...frames)));

/** The output of the command for these frames. */
async function printed(frames: readonly Frame[], args: readonly string[], env = {}): Promise<Finished> {
  await using server = await daemon(...frames);
  return await tidings(['events', '-H', server.endpoint, ...args], { env }).finished;
}

describe('tidings events', () => {
  it('sends the query of the flags to the daemon', async () => {
    let url = '';
    await using server = await unixServer((request, response) => {
      url = request.url ?? '';
      response.end(lines(endFrame('until')));
    });
    const flags = '-n web-* -n !db -S 2022-05-10T09:20:34.661862100Z -U 1652174500 -f event=die -f event=oom';
    const args = [
      'events',
      '-H',
      server.endpoint,
      ...flags.split(' '),
      '-f',
      'exitCode!=0',
      '--tail',
      '5',
      '--no-follow',
    ];
    expect(await tidings(args).finished).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(Object.fromEntries(new URL(url, 'http://x').searchParams)).toEqual({
      name: '!db',
      since: '1652174434.661862100',
      until: '1652174500.000000000',
      filters: '{"event":["die","oom"],"exitCode!":["0"]}',
      tail: '5',
      follow: 'false',
    });
  });

  it('takes names and filters as plain words, in any order', async () => {
    let url = '';
    await using server = await unixServer((request, response) => {
      url = request.url ?? '';
      response.end(lines(endFrame('until')));
    });
    const words = ['-o', 'json', 'event=die', 'web-*', 'exitCode!=0', '/a=b/'];
    expect(await tidings(['events', '-H', server.endpoint, ...words]).finished).toMatchObject({ code: 0 });
    const params = new URL(url, 'http://x').searchParams;
    expect(params.getAll('name')).toEqual(['web-*', '/a=b/']);
    expect(params.get('filters')).toBe('{"event":["die"],"exitCode!":["0"]}');
  });

  it('explains the deaths that filters select by the events that they leave out', async () => {
    let url = '';
    const kill = eventFrame(1, { id, name: 'web', action: 'kill', attributes: { signal: '15' } });
    const die = eventFrame(2, { id, name: 'web', action: 'die', attributes: { exitCode: '143' } });
    await using server = await unixServer((request, response) => {
      url = request.url ?? '';
      response.end(lines(kill, die, endFrame('until', 2)));
    });
    const { stdout } = await tidings(['events', '-H', server.endpoint, 'event=die', 'exitCode!=0']).finished;
    expect(stdout).toMatch(/^\S+ \S+ {2}web +die ■ on request \(SIGTERM\)\n$/);
    const { event: actions } = JSON.parse(new URL(url, 'http://x').searchParams.get('filters') ?? '') as {
      event: string[];
    };
    expect(actions).toEqual(expect.arrayContaining(['die', 'kill', 'stop', 'oom']));
  });

  it('-o isula prints what isula events prints, byte for byte', async () => {
    const env = { TZ: 'Asia/Shanghai' };
    const line = `container start ${id} (image=busybox, name=${id}, pid=9007)\n`;
    const frames = [start, endFrame('until', 1)];
    expect(await printed(frames, ['-o', 'isula'], env)).toEqual({
      code: 0,
      stdout: `2022-05-10T17:20:34.661862100+08:00 ${line}`,
      stderr: '',
    });
    const utc = await printed(frames, ['-o', 'isula', '--utc'], env);
    expect(utc.stdout).toBe(`2022-05-10T09:20:34.661862100Z ${line}`);
  });

  it('-o json prints the lines of the wire', async () => {
    const frames = [start, endFrame('complete', 1)];
    expect(await printed(frames, ['-o', 'json'])).toEqual({ code: 0, stdout: lines(start), stderr: '' });
  });

  it.each([
    [['-o', 'docker'], /^\{"status":"start","id":"3277.*"timeNano":1652174434661862100\}\n$/],
    [
      ['-o', 'docker-text'],
      /^2022-05-10T09:20:34.661862100Z container start 3277.* \(image=busybox, name=3277/,
    ],
    [['-o', 'wide', '-t', 'full'], /^2022-05-10T09:20:34.661862100\+00:00 .* pid=9007 {2}isulad\n$/],
    [['-o', '{{.Action}} {{json .Actor.ID}}'], /^start "3277/],
    [['-t', 'full', '--utc'], /^2022-05-10T09:20:34.661862100Z {2}327732773277 {2}start ▶ busybox\n$/],
  ])('%j', async (args, shape) => {
    const { code, stdout, stderr } = await printed([start, endFrame('until', 1)], args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(shape);
  });

  it('has no colour in a pipe, and never where machines read', async () => {
    const force = { FORCE_COLOR: '3' };
    const frames = [start, endFrame('until', 1)];
    expect((await printed(frames, [])).stdout).not.toContain('\u001b');
    expect((await printed(frames, [], force)).stdout).toContain('\u001b[38;5;64mstart');
    expect((await printed(frames, ['--color', 'always'])).stdout).toContain('\u001b[32mstart');
    expect((await printed(frames, [], { ...force, NO_COLOR: '1' })).stdout).not.toContain('\u001b');
    for (const format of ['json', 'isula', 'docker', '{{.Action}}']) {
      expect((await printed(frames, ['-o', format, '--color', 'always'], force)).stdout).not.toContain(
        '\u001b',
      );
    }
  });

  it('shows people a gap among the lines, and machines nothing but events', async () => {
    const frames = [start, overflow, endFrame('until', 50)];
    const text = await printed(frames, []);
    expect(text.stdout).toContain('⚠ gap: 48 events are missing, this reader, or the disk, was too slow');
    expect(text.stderr).toBe('');
    const json = await printed(frames, ['-o', 'json']);
    expect(json.stdout).toBe(lines(start));
    expect(json.stderr).toMatch(/^tidings: gap: 48 events are missing/);
  });

  it('lets no escapes of a container through, whatever the format', async () => {
    const evil = eventFrame(1, { name: '\u001b[2J\u009b\n', attributes: { image: '\u202e' } });
    for (const format of ['text', 'wide', 'json', 'isula', 'docker', 'docker-text', '{{.Name}}{{json .}}']) {
      const { stdout } = await printed([evil, endFrame('until', 1)], ['-o', format]);
      // oxlint-disable-next-line no-control-regex
      expect(stdout).toMatch(/^[^\u0000-\u001f\u007f-\u009f\u202e]+\n$/);
    }
  });

  describe('that loses its daemon', () => {
    it('says why and where to resume', async () => {
      expect(await printed([start, endFrame('shutdown', 7)], [])).toMatchObject({
        code: 69,
        stderr: `tidings: the daemon shut down; resume with --cursor ${at(7)}\n`,
      });
      await using server = await unixServer((_, response) =>
        response.write(lines(ready, start), () => response.destroy()),
      );
      const { code, stdout, stderr } = await tidings(['events', '-H', server.endpoint]).finished;
      expect(code).toBe(69);
      expect(stdout).toContain('start');
      expect(stderr).toContain(`was lost`);
      expect(stderr).toContain(`resume with --cursor ${at(1)}\n`);
    });

    it('or never had one, says where it looked', async () => {
      const named = await tidings(['events', '-H', 'unix:///nowhere/t.sock']).finished;
      expect(named).toEqual({
        code: 69,
        stdout: '',
        stderr: 'tidings: no daemon answers at unix:///nowhere/t.sock (ENOENT)\n',
      });
      const cursor = await tidings(['events', '--cursor', at(1)]).finished;
      expect(cursor).toMatchObject({
        code: 69,
        stderr: expect.stringContaining('only the daemon that gave a cursor'),
      });
    });

    it('or is refused by it, passes on why', async () => {
      await using server = await unixServer((_, response) => {
        response.writeHead(400).end('{"message":"cursor k3f:9 is ahead of the stream"}');
      });
      const { code, stderr } = await tidings(['events', '-H', server.endpoint]).finished;
      expect({ code, stderr }).toEqual({
        code: 64,
        stderr: `tidings: ${server.endpoint}: cursor k3f:9 is ahead of the stream\n`,
      });
    });
  });

  describe('that is invalid', () => {
    it.each([
      [['-S', 'noonish'], '--since: invalid time "noonish": known are 2022-05-10T17:20:34'],
      [['-U', '2022-02-30'], '--until: invalid time "2022-02-30"'],
      [['-S', '2020-01-02', '-U', '2020-01-01'], "'since' time cannot be after 'until' time"],
      [
        ['-S', '10'],
        '--since 10: a number alone is seconds since 1970, and that is long ago: did you mean 10m',
      ],
      [['-n', '/web[/'], '--name: invalid name pattern "/web[/"'],
      [['-n', '!'], '--name: invalid name pattern "!": nothing to match at position 1'],
      [['-f', 'die'], '--filter: invalid filter "die"'],
      [
        ['-f', 'colour=red'],
        '--filter: invalid filter "colour=red": unknown filter "colour" at position 0; keys are',
      ],
      [['--cursor', 'k3f:42'], '--cursor: invalid cursor "k3f:42"'],
      [['--cursor', at(1), '--tail', '5'], '--cursor and --tail exclude each other'],
      [['--tail', '-1'], "--tail: invalid number '-1'"],
      [['--tail', 'some'], "--tail: invalid number 'some': a whole number of events, 0 or more, or all"],
      [['-o', 'yaml'], "--output: unknown format 'yaml': known are text, wide, json"],
      [['-o', '{{.Foo}}'], '--output: invalid template "{{.Foo}}": unknown field .Foo: known are Status'],
      [['-o', 'json', '-t', 'full'], "--time is for people's formats (text, wide)"],
      [
        ['-t', 'long'],
        "option '-t, --time <style>' argument 'long' is invalid. Allowed choices are short, full",
      ],
      [['--color', 'red'], "argument 'red' is invalid. Allowed choices are auto, always, never"],
      [['-H', 'tcp://x', '--state-dir', '/x'], '--host and --state-dir both name the daemon'],
      [['-H', 'tcp://localhost'], 'invalid endpoint "tcp://localhost": right would be unix:///path'],
      [['--state-dir', `/${'x'.repeat(100)}`], 'state directory too long: its socket /xxx'],
    ])('%j ends before anything connects', async (args, message) => {
      const { code, stdout, stderr } = await tidings(['events', ...args]).finished;
      expect({ code, stdout }).toEqual({ code: 64, stdout: '' });
      expect(stderr).toMatch(/^tidings: /);
      expect(stderr).toContain(message);
      expect(stderr).not.toContain('no daemon');
    });
  });

  it('ends quietly when its reader has had enough', async () => {
    const pour = (response: ServerResponse): void => {
      while (response.write(lines(start).repeat(100)));
      response.once('drain', () => pour(response));
    };
    await using server = await unixServer((_, response) => pour(response));
    const { child, finished, until } = tidings(['events', '-H', server.endpoint]);
    await until(/start/);
    child.stdout?.destroy();
    expect(await finished).toMatchObject({ code: 0, stderr: '' });
  });

  it.skipIf(!gnuTail)(
    'ends quietly when the reader of its pipe is gone, though nothing happens',
    async () => {
      await using server = await daemon(start);
      const command = `(${process.execPath} ${tidings.path()} events -H ${server.endpoint}; echo "exit $?" >&2) | head -1`;
      const shell = spawn('sh', ['-c', command], { stdio: ['ignore', 'pipe', 'pipe'] });
      expect(await Promise.all([text(shell.stdout), text(shell.stderr)])).toEqual([
        expect.stringMatching(/start.*\n$/),
        'exit 0\n',
      ]);
      await expect.poll(() => server.connections()).toBe(0);
    },
  );

  it('stops reading while its own reader stalls, and still ends on a signal', async () => {
    let sent = 0;
    let blocked = false;
    const pour = (response: ServerResponse): void => {
      const text = lines(start).repeat(100);
      blocked = false;
      do sent += text.length;
      while (response.write(text));
      blocked = true;
      response.once('drain', () => pour(response));
    };
    /** Resolves once a while has passed in which nothing more was taken. */
    const stalled = async (): Promise<number> => {
      let last = -1;
      await expect.poll(() => blocked && last === (last = sent), { interval: 250 }).toBe(true);
      return sent;
    };
    await using server = await unixServer((_, response) => pour(response));
    const { child, until, finished } = tidings(['events', '-H', server.endpoint]);
    await until(/start/);
    child.stdout?.pause();
    const first = await stalled();
    child.stdout?.resume();
    await expect.poll(() => sent).toBeGreaterThan(first);
    child.stdout?.pause();
    await stalled();
    child.kill('SIGTERM');
    await once(child, 'exit');
    expect(child.exitCode).toBe(143);
    child.stdout?.resume();
    await finished;
  });

  it('says so when its output cannot be written', async () => {
    await using server = await daemon(start);
    const full = openSync('/dev/full', 'w');
    onTestFinished(() => closeSync(full));
    const { finished } = tidings(['events', '-H', server.endpoint], { stdout: full });
    expect(await finished).toMatchObject({
      code: 74,
      stderr: 'tidings: cannot write to standard output: no space left on device (ENOSPC)\n',
    });
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('ends on %s with %d', async (signal, code) => {
    await using server = await daemon(start);
    const { child, until, finished } = tidings(['events', '-H', server.endpoint]);
    await until(/start/);
    child.kill(signal);
    expect(await finished).toMatchObject({ code, stderr: '' });
    await expect.poll(() => server.connections()).toBe(0);
  });
});

const script = findTool('script');

describe.skipIf(script === undefined)('tidings events on a terminal', () => {
  /** The output on a terminal of 60 columns. */
  async function onTerminal(args: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
    await using server = await daemon(start, endFrame('until', 1));
    const command = `stty cols 60; ${process.execPath} ${tidings.path()} events -H ${server.endpoint} ${args}`;
    const child = spawn(script as string, ['-qec', command, '/dev/null'], {
      env: { PATH: process.env['PATH'], HOME: '/nonexistent', TZ: 'UTC', TERM: 'xterm-256color', ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    return await text(child.stdout);
  }

  it('is in colour, and cut to its width', async () => {
    const shown = await onTerminal('-t full');
    expect(shown).toContain('\u001b[38;5;64mstart');
    expect(width(stripVTControlCharacters(shown.trimEnd()))).toBe(60);
    expect(stripVTControlCharacters(shown)).toMatch(/start ▶?…\r\n$/);
    expect(await onTerminal('-o wide')).toContain(id);
  });

  it('is not, where that is not wanted', async () => {
    expect(await onTerminal('', { NO_COLOR: '1' })).not.toContain('\u001b');
    expect(await onTerminal('', { TERM: 'dumb' })).not.toContain('\u001b');
    expect(await onTerminal('--color never')).not.toContain('\u001b');
    expect(await onTerminal('-o json')).toBe(lines(start).replace('\n', '\r\n'));
  });
});
