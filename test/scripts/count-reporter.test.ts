import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = new URL('../../', import.meta.url).pathname;

const TESTS = {
  'a.test.js': `
    import { beforeAll, describe, it } from 'vitest';
    it('passes', () => {});
    it('fails', () => { throw new Error('1'); });
    it('hangs', () => new Promise(() => {}), 20);
    it.skip('is skipped', () => {});
    it.todo('is to be written');
    describe('a suite whose hook fails', () => {
      beforeAll(() => { throw new Error('2'); });
      it('is not run', () => {});
    });`,
  'b.test.js': `throw new Error('a file that cannot be loaded');`,
  'c.test.js': `
    import { it } from 'vitest';
    it('passes, but leaves an error behind', () => void Promise.reject(new Error('3')));`,
};

it('counts what failed outside of tests as failed too', () => {
  const directory = mkdtempSync('/tmp/td-');
  try {
    symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'));
    for (const [name, text] of Object.entries(TESTS)) writeFileSync(join(directory, name), text);
    const reporter = `--reporter=${join(root, 'scripts/count-reporter.js')}`;
    const counts = join(directory, 'counts');
    const { status } = spawnSync(
      process.execPath,
      [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--root', directory, reporter],
      { cwd: directory, env: { ...process.env, TIDINGS_TEST_COUNTS: counts } },
    );
    expect(readFileSync(counts, 'utf8')).toBe('2 passed, 5 failed, 3 skipped');
    expect(status).toBe(1);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
