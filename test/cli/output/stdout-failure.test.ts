/**
 * Every command, when its standard output takes nothing: a full disk, a reader that is gone or
 * stuck, a signal.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type Daemon, startDaemon } from '../../../src/index.ts';
import { cli, type Finished } from '../../support/cli.ts';
import { event } from '../../support/events.ts';
import { makeFifo } from '../../support/fifo.ts';

const tidings = cli();
const directory = mkdtempSync('/tmp/td-');
const env = { TIDINGS_STATE_DIR: join(directory, 'state'), TIDINGS_DATA_DIR: join(directory, 'data') };
const rules = join(directory, 'rules.yaml');
let daemon: Daemon;

beforeAll(async () => {
  writeFileSync(rules, 'rules:\n  - { name: a, when: { filter: event=die }, run: "true" }\n');
  daemon = await startDaemon({
    stateDir: env.TIDINGS_STATE_DIR,
    dataDir: env.TIDINGS_DATA_DIR,
    engines: ['none'],
  });
  const source = { engine: 'docker', endpoint: 'unix:///d' };
  const happened = (action: string, attributes: Record<string, string>): ReturnType<typeof event> => {
    const timeNano = BigInt(Date.now()) * 1_000_000n;
    return event({ id: 'c'.repeat(64), name: 'job', action, timeNano, source, attributes });
  };
  daemon.collector.append(
    Array.from({ length: 4000 }, () => happened('exec_start', { args: 'x'.repeat(100) })),
  );
  daemon.collector.append([happened('start', {}), happened('die', { exitCode: '3' })]);
});
afterAll(async () => {
  await daemon.close();
  rmSync(directory, { recursive: true, force: true });
});

/** Commands that print, with their exit code after success. */
const PRINTING: readonly (readonly [args: readonly string[], code: number])[] = [
  [['--version'], 0],
  [['--help'], 0],
  [['help', 'ps'], 0],
  [['events', '-S', '1h'], 0],
  [['events', '-S', '1h', '--no-follow', '-o', 'json'], 0],
  [['ps', '-a'], 0],
  [['ps', '-a', '-o', 'json'], 0],
  [['ps', '-a', '--watch'], 0],
  [['wait', 'job'], 3],
  [['expect', 'job die', '-S', '1h', '-q'], 0],
  [['journal', 'info'], 0],
  [['journal', 'verify'], 0],
  [['journal', 'export'], 0],
  [['rules', 'check', rules], 0],
];

describe('a full disk', () => {
  it.each(PRINTING)('is said by %j in one sentence, and fails it', async (args, code) => {
    const full = openSync('/dev/full', constants.O_WRONLY);
    onTestFinished(() => closeSync(full));
    expect(await tidings(args, { env, stdout: full }).finished).toEqual({
      code: code === 0 ? 74 : code,
      stdout: '',
      stderr: 'tidings: cannot write to standard output: no space left on device (ENOSPC)\n',
    });
  });
});

describe('a reader that is gone', () => {
  it.each(PRINTING)('ends %j without a message', async (args, code) => {
    // A FIFO whose reader has closed it by the time that the command starts.
    const path = join(mkdtempSync(join(directory, 'p-')), 'fifo');
    makeFifo(path);
    const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const writer = openSync(path, constants.O_WRONLY);
    closeSync(reader);
    onTestFinished(() => closeSync(writer));
    expect(await tidings(args, { env, stdout: writer }).finished).toEqual({ code, stdout: '', stderr: '' });
  });
});

describe('a reader that is stuck', () => {
  it.each([
    ['events', '-S', '1h', '-o', 'json'],
    ['journal', 'export'],
  ])('does not keep %s from ending on the first SIGTERM', async (...args) => {
    // Nobody reads this pipe, whose 64 KiB are full by then.
    const child = spawn(process.execPath, [tidings.path(), ...args], {
      env: { PATH: process.env['PATH'], HOME: directory, ...env },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    await once(child.stdout, 'readable');
    const ended = once(child, 'exit') as Promise<[number | null, string | null]>;
    child.kill('SIGTERM');
    const [code, signal] = await ended;
    expect(code === 143 || signal === 'SIGTERM').toBe(true);
  });
});

describe('SIGTERM', () => {
  it.each([
    [['events'], /^/],
    [['ps', '--watch'], /NAME/],
  ])('ends %j with 143', async (args, printed) => {
    const running = tidings([...args, ...(args[0] === 'events' ? ['-S', '1h', '-n', 'job'] : [])], { env });
    await running.until(args[0] === 'events' ? /job/ : printed);
    running.child.kill('SIGTERM');
    const { code }: Finished = await running.finished;
    expect(code).toBe(143);
  });
});
