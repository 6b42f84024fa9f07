import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { followDaemon } from '../../../src/index.ts';
import { cli } from '../../support/cli.ts';
import { record } from '../../support/record.ts';

const tidings = cli();
let root = '';
beforeEach(() => {
  root = mkdtempSync('/tmp/td-');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('tidings serve', () => {
  it('runs until a signal, then tells everybody and ends with 0', async () => {
    const stateDir = join(root, 'state');
    const serve = tidings(['serve', '--state-dir', stateDir, '--engine', 'none']);
    await serve.until(/"msg":"ready"/, 'stderr');
    const held = await tidings(['events', '--state-dir', stateDir, '--no-follow']).finished;
    expect(held).toMatchObject({ code: 0, stdout: '' });
    const frames = record(followDaemon({ endpoint: join(stateDir, 'tidings.sock') }));
    await frames.until(({ kind }) => kind === 'ready');
    serve.child.kill('SIGTERM');
    expect(await serve.finished).toMatchObject({ code: 0, stdout: '' });
    await frames.until((frame) => frame.kind === 'end' && frame.reason === 'shutdown');
  });

  it('shows real events where there is no engine, and says why', async () => {
    const serve = tidings(['serve', '--engine', 'process', '--tail', '--state-dir', join(root, 'state')]);
    await serve.until(/web +start /);
    serve.child.kill('SIGINT');
    const { code, stdout, stderr } = await serve.finished;
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /web +create .*image=demo\/web:1\.4\n.*web +start .*\n[^]*web +die .*exitCode=137/,
    );
    expect(stderr).toContain(
      'running processes of this machine as containers (web, job, flaky, db): as asked',
    );
    expect(readdirSync(join(root, 'state'))).toEqual([]);
  });

  it.each([
    [['--limit', '0'], /--limit: invalid number '0': a whole number from 1 to 16777216/],
    [['--engine', 'dokcer'], /--engine: unknown engine "dokcer": known are auto, none, process, docker/],
    [['--engine', 'none', '--engine', 'docker'], /engine none excludes all others/],
    [['--log-level', 'loud'], /Allowed choices are debug, info, warn, error/],
    [['--state-dir', `/tmp/${'x'.repeat(100)}`], /state directory too long: .* at most 107/],
  ])('refuses %s before anything starts', async (args, message) => {
    const finished = await tidings(['serve', ...args]).finished;
    expect(finished).toMatchObject({ code: 64, stderr: expect.stringMatching(message) });
  });
});
