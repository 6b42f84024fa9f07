import { describe, expect, it } from 'vitest';
import { cli } from '../../support/cli.ts';

const tidings = cli();

describe('tidings config show', () => {
  it('says where each value comes from', async () => {
    const env = { TIDINGS_STATE_DIR: '/env/state', TIDINGS_DATA_DIR: '', TIDINGS_TOKEN: 'secret' };
    const { code, stdout } = await tidings(['config', 'show', '--data-dir', '/flag/data'], { env }).finished;
    expect(code).toBe(0);
    expect(stdout.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      ['host', 'unix:///env/state/tidings.sock', 'the state directory'],
      ['state-dir', '/env/state', 'TIDINGS_STATE_DIR'],
      ['data-dir', '/flag/data', '--data-dir'],
      ['token', 'set', 'TIDINGS_TOKEN'],
      [''],
    ]);
    expect(stdout).not.toContain('secret');
  });
});
