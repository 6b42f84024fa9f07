/**
 * `npm test [-- ARGS]`: installs and builds missing parts, then runs every test that this machine
 * can run. Its last line is `N passed, N failed, N skipped`. Arguments go to vitest.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ready } from './ready.js';
import { root, say } from './root.js';

const directory = mkdtempSync(join(tmpdir(), 'td-'));
const counts = join(directory, 'counts');
try {
  await ready();
  process.exitCode = await vitest();
  process.stdout.write(`${readFileSync(counts, 'utf8')}\n`);
} catch (error) {
  say(`the tests did not run to their end: ${error.message}`);
  process.stdout.write('0 passed, 1 failed, 0 skipped\n');
  process.exitCode = 1;
} finally {
  rmSync(directory, { recursive: true, force: true });
}

async function vitest() {
  const command = join(root, 'node_modules/vitest/vitest.mjs');
  const reporters = ['--reporter=default', '--reporter=./scripts/count-reporter.js'];
  const child = spawn(process.execPath, [command, 'run', ...reporters, ...process.argv.slice(2)], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, TIDINGS_TEST_COUNTS: counts },
  });
  // The terminal sends SIGINT to vitest too: this process stays, to clean up after it.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  const [code] = await once(child, 'exit');
  return code ?? 1;
}
