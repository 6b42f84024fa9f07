import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { followDaemon } from '../../../src/index.ts';
import { cli } from '../../support/cli.ts';
import { record, type Recording } from '../../support/record.ts';
import type { Frame } from '../../../src/collector/frames.ts';

const tidings = cli();
let root = '';
let file = '';
beforeEach(() => {
  root = mkdtempSync('/tmp/td-');
  file = join(root, 'rules.yaml');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** A daemon on the FIFO alone, with rules. */
async function serving(rules: string, ...flags: string[]) {
  writeFileSync(file, rules);
  const stateDir = join(root, 'state');
  const place = ['--state-dir', stateDir];
  const serve = tidings(['serve', '--engine', 'none', '--no-journal', '--rules', file, ...flags, ...place]);
  await serve.until(/"msg":"ready"/, 'stderr');
  const frames = record(followDaemon({ endpoint: join(stateDir, 'tidings.sock') }));
  await frames.until(({ kind }) => kind === 'ready');
  const die = async (name: string): Promise<unknown> =>
    await tidings(['send', 'container', name, 'die', '--exit-code', '3', '--pid', '1', ...place]).finished;
  return { serve, frames, die };
}

/** The result of a rule for that container, once it has run. */
async function did(frames: Recording<Frame>, name: string): Promise<unknown> {
  const all = await frames.until(
    (frame) => frame.kind === 'event' && frame.event.type === 'tidings' && frame.event.id === name,
  );
  const last = all.findLast((frame) => frame.kind === 'event' && frame.event.type === 'tidings');
  return last?.kind === 'event' ? last.event.attributes : undefined;
}

/** Tests whether the process exists and is not a zombie. */
function isAlive(pid: string): boolean {
  const stat = `/proc/${pid}/stat`;
  return existsSync(stat) && !readFileSync(stat, 'utf8').includes(') Z ');
}

const hook = (name: string, line: string): string =>
  `rules: [{ name: ${name}, when: { filter: [event=die, exitCode!=0] }, run: '${line}' }]\n`;

describe('tidings serve --rules', () => {
  it('carries them out, and reports that as an event', async () => {
    const { serve, frames, die } = await serving(hook('note', 'echo "$TIDINGS_ID ended"'));
    await die('web');
    expect(await did(frames, 'web')).toMatchObject({
      rule: 'note',
      result: 'done',
      on: 'die',
      exitCode: '0',
    });
    expect(serve.stderr()).toContain('"output":"web ended\\n"');
    expect(serve.stderr()).toContain('rules in force: note');
  });

  it('only says so with --dry-run', async () => {
    const { serve, frames, die } = await serving(hook('note', 'echo ended'), '--dry-run');
    await die('web');
    expect(await did(frames, 'web')).toMatchObject({
      result: 'dry-run',
      detail: 'would run /bin/sh -c echo ended',
    });
    expect(serve.stderr()).not.toContain('"output"');
  });

  it('reloads them on SIGHUP, and keeps the former ones if the new ones are invalid', async () => {
    const { serve, frames, die } = await serving(hook('first', 'exit 0'));
    await die('a');
    expect(await did(frames, 'a')).toMatchObject({ rule: 'first' });

    writeFileSync(file, hook('second', 'exit 0'));
    serve.child.kill('SIGHUP');
    await serve.until(/rules in force: second/, 'stderr');
    await die('b');
    expect(await did(frames, 'b')).toMatchObject({ rule: 'second' });

    writeFileSync(file, 'rules: [{ name: third, rum: x }]\n');
    serve.child.kill('SIGHUP');
    await serve.until(/the rules are unchanged: .*rules\.yaml:1: rules\[0\]\.rum: unknown key/, 'stderr');
    await die('c');
    expect(await did(frames, 'c')).toMatchObject({ rule: 'second' });

    serve.child.kill('SIGTERM');
    await expect(serve.finished).resolves.toMatchObject({ code: 0 });
  });

  it('ends, together with the commands that it runs', async () => {
    const pidFile = join(root, 'pid');
    const { serve, die } = await serving(hook('long', `echo $$ > ${pidFile}; exec sleep 1000`));
    await die('web');
    while (!existsSync(pidFile) || !readFileSync(pidFile, 'utf8').endsWith('\n')) await delay(5);
    const pid = readFileSync(pidFile, 'utf8').trim();
    serve.child.kill('SIGTERM');
    await expect(serve.finished).resolves.toMatchObject({ code: 0 });
    while (isAlive(pid)) await delay(5);
  });

  it('does not start with invalid rules', async () => {
    writeFileSync(file, 'rules:\n  - name: a\n    when: { filter: evnt=die }\n    run: x\n');
    const { code, stderr } = await tidings(['serve', '--rules', file, '--state-dir', join(root, 'state')])
      .finished;
    expect(code).toBe(64);
    expect(stderr).toContain(
      `${file}:3: rules[0].when.filter: invalid filter "evnt=die": unknown filter "evnt"`,
    );
  });

  it.each([
    [['--rules', '/no/such/file'], /\/no\/such\/file: cannot be read: ENOENT/],
    [['--dry-run'], /--dry-run: there is nothing to try: give --rules a file/],
  ])('refuses %j', async (flags, why) => {
    const finished = tidings([
      'serve',
      '--engine',
      'none',
      ...flags,
      '--state-dir',
      join(root, 'state'),
    ]).finished;
    await expect(finished).resolves.toMatchObject({ code: 64, stderr: expect.stringMatching(why) });
  });
});
