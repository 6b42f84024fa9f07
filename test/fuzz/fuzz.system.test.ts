/** A minute of fixed inputs, and the state of the daemon after them. */
import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';

const script = new URL('../../scripts/fuzz.js', import.meta.url).pathname;

it('takes fixed inputs of every target without a crash', () => {
  const { status, stdout } = spawnSync(process.execPath, [script, '--inputs', '40000', '--seed', '7'], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  expect(stdout).toMatch(/^the daemon: alive/m);
  expect(stdout).toMatch(/ inputs, 0 failed$/m);
  expect(status).toBe(0);
}, 600_000);
