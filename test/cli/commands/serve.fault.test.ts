import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sendContainerEvent } from '../../../src/index.ts';
import { cli } from '../../support/cli.ts';

const tidings = cli();
let root = '';
beforeEach(() => {
  root = mkdtempSync('/tmp/td-');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Has the process throw where nothing catches it. */
const throwing = (statement: string): Record<string, string> => ({
  NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(`process.on('SIGUSR2', () => { ${statement} });`)}`,
});

describe('an error that nothing catches', () => {
  it.each([
    ["throw new Error('boom')", 'uncaughtException'],
    ["Promise.reject(new Error('boom'))", 'unhandledRejection'],
  ])('is logged with its origin, and ends the daemon in order: %s', async (statement, origin) => {
    const [stateDir, dataDir] = [join(root, 'state'), join(root, 'data')];
    const places = ['--state-dir', stateDir, '--data-dir', dataDir];
    const serve = tidings(['serve', '--engine', 'none', ...places], { env: throwing(statement) });
    await serve.until(/"msg":"ready"/, 'stderr');
    await sendContainerEvent({ directory: stateDir, name: 'web', state: 'start' });
    const events = tidings(['events', '--state-dir', stateDir, '-S', '1h']);
    await events.until(/web/);
    serve.child.kill('SIGUSR2');
    const { code, stderr } = await serve.finished;
    expect(code).toBe(70);
    expect(stderr).toMatch(new RegExp(`"level":"error".*boom.*"origin":"${origin}"`));
    const { stdout } = await tidings(['journal', 'verify', '--data-dir', dataDir]).finished;
    expect(stdout).not.toMatch(/crash|not closed/);
    const after = await tidings(['journal', 'export', '--data-dir', dataDir]).finished;
    expect(after.stdout).toMatch(/"name":"web"/);
  });
});
