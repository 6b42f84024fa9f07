import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Io } from '../../../cli/io.ts';
import { type PlaceFlags, settle, type Settings } from '../../../cli/settings/place.ts';

const uid = 4711;

/** Settles it for a user with this environment and this config file. */
async function settled(
  flags: PlaceFlags,
  env: Record<string, string> = {},
  config?: string,
): Promise<Settings> {
  const home = mkdtempSync('/tmp/td-');
  onTestFinished(() => rmSync(home, { recursive: true }));
  const file = join(home, '.config/tidings/config.yaml');
  mkdirSync(dirname(file), { recursive: true });
  if (config !== undefined) writeFileSync(file, config);
  const stream = new PassThrough();
  const io: Io = {
    stdout: stream,
    stderr: stream,
    command: 'tidings',
    args: [],
    asides: new Set(),
    env: { HOME: home, XDG_RUNTIME_DIR: '/runtime', ...env },
    uid,
    now: () => 0n,
    signal: new AbortController().signal,
    whenReaderGone: () => () => undefined,
    onHangup: () => () => undefined,
  };
  return await settle(flags, io);
}

describe('settle', () => {
  it('takes the flag before the environment, that before the file, that before the default', async () => {
    const config = 'state-dir: /file\ndata-dir: /file-data\n';
    const env = { TIDINGS_STATE_DIR: '/env', TIDINGS_DATA_DIR: '' };
    expect(await settled({ stateDir: '/flag' }, env, config)).toMatchObject({ stateDir: '/flag' });
    expect(await settled({}, env, config)).toEqual({
      stateDir: '/env',
      dataDir: '/file-data',
      endpoint: 'unix:///env/tidings.sock',
      explicitHost: false,
    });
    expect(await settled({}, {}, config)).toMatchObject({ stateDir: '/file' });
    expect(await settled({}, { XDG_STATE_HOME: '/state' })).toMatchObject({
      stateDir: '/runtime/tidings',
      dataDir: '/state/tidings',
    });
  });

  it('takes a host likewise, but a state directory that is asked for is nearer', async () => {
    const env = { TIDINGS_HOST: 'http://localhost:7' };
    expect(await settled({ host: '/x.sock' }, env)).toMatchObject({
      endpoint: 'unix:///x.sock',
      explicitHost: true,
    });
    expect(await settled({}, env)).toMatchObject({ endpoint: 'http://localhost:7', explicitHost: true });
    expect(await settled({}, {}, 'host: https://h')).toMatchObject({ endpoint: 'https://h' });
    expect(await settled({ stateDir: '/s' }, env)).toMatchObject({
      endpoint: 'unix:///s/tidings.sock',
      explicitHost: false,
    });
  });

  it('takes a directory on the command line from here', async () => {
    expect(await settled({ stateDir: 'x' })).toMatchObject({ stateDir: join(process.cwd(), 'x') });
  });

  it.each<[string, PlaceFlags, Record<string, string>, string | undefined]>([
    ['TIDINGS_STATE_DIR: "here" must be an absolute path', {}, { TIDINGS_STATE_DIR: 'here' }, undefined],
    ['--state-dir: must not be empty', { stateDir: '' }, {}, undefined],
    ['config.yaml is not valid YAML', {}, {}, 'a: [b'],
    ['config.yaml must hold settings', {}, {}, '- a'],
    ["unknown setting 'state_dir': known are state-dir, data-dir, host", {}, {}, 'state_dir: /x'],
    ["'state-dir' must be a text", {}, {}, 'state-dir: 7'],
  ])('refuses: %s', async (message, flags, env, config) => {
    await expect(settled(flags, env, config)).rejects.toMatchObject({
      exitCode: 64,
      message: expect.stringContaining(message),
    });
  });
});
