import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { firstValueFrom, VirtualTimeScheduler } from 'rxjs';
import { afterAll, describe, expect, it } from 'vitest';
import {
  type CommandEnd,
  type CommandOptions,
  runCommand,
} from '../../../../src/handlers/actions/command.ts';

const directory = mkdtempSync('/tmp/td-');
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const HOUR = 3_600_000;

function options(parts: Partial<CommandOptions> = {}): CommandOptions {
  return { input: '', env: {}, timeout: HOUR, ...parts };
}

/** Runs a line of shell to its end. */
function shell(text: string, parts: Partial<CommandOptions> = {}): Promise<CommandEnd> {
  return firstValueFrom(runCommand(['sh', '-c', text], options(parts)));
}

const TIMEOUT = 30_000;
const GRACE = 5000;

/**
 * Runs a line of shell in time that passes when a test says so; resolves once its trap for SIGTERM
 * is set.
 */
async function begun(
  text: string,
  trap?: string,
): Promise<{ readonly end: Promise<CommandEnd>; pass(ms: number): void }> {
  const scheduler = new VirtualTimeScheduler(undefined, 0);
  const ready = join(directory, `ready-${Math.random()}`);
  const trapped = trap === undefined ? '' : `trap '${trap}' TERM; `;
  const end = shell(`${trapped}: > ${ready}; ${text}`, { timeout: TIMEOUT, grace: GRACE, scheduler });
  await eventually(() => existsSync(ready));
  const pass = (ms: number): void => {
    scheduler.maxFrames = scheduler.frame + ms;
    scheduler.flush();
    scheduler.frame = scheduler.maxFrames;
  };
  return { end, pass };
}

/** Tests whether the process whose pid is in the file exists and is not a zombie. */
function alive(file: string): boolean {
  const pid = readFileSync(file, 'utf8').trim();
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** Tests whether the file has a line. */
function isWritten(file: string): boolean {
  return existsSync(file) && readFileSync(file, 'utf8').endsWith('\n');
}

/** Polls until the condition holds: for work of the kernel in its own time. */
async function eventually(isSo: () => boolean): Promise<void> {
  while (!isSo()) await delay(5);
}

describe('a command', () => {
  it('gets the input and the environment, and tells how it ended', async () => {
    const end = await shell('cat; echo "$TIDINGS_NAME" >&2; exit 3', {
      input: '{"a":1}\n',
      env: { TIDINGS_NAME: 'web; rm -rf $HOME' },
    });
    expect(end).toEqual({
      exitCode: 3,
      signal: undefined,
      timedOut: false,
      output: '{"a":1}\nweb; rm -rf $HOME\n',
      dropped: 0,
    });
  });

  it.each([
    [['/no/such/command'], /ENOENT/],
    [['/etc/passwd'], /EACCES/],
    [['sh', '-c', 'a\0b'], /null bytes/],
    [['sh', '-c', 'true', 'x'.repeat(4_000_000)], /E2BIG/],
    [[''], /./],
  ])('that cannot be started is an error: %.40j', async (argv, why) => {
    await expect(firstValueFrom(runCommand(argv, options()))).rejects.toThrow(why);
  });

  it('need not read its input', async () => {
    const end = await shell('exec <&-; exit 0', { input: 'x'.repeat(10_000_000) });
    expect(end).toMatchObject({ exitCode: 0 });
  });

  it('may print 100 MB: the beginning is kept, the rest counted', async () => {
    const end = await shell('head -c 100000000 /dev/zero | tr "\\0" x', { limit: 1000 });
    expect(end).toMatchObject({ exitCode: 0, output: 'x'.repeat(1000), dropped: 99_999_000 });
  });

  it('is ended when its time is up', async () => {
    const { end, pass } = await begun('exec sleep 1000');
    pass(TIMEOUT);
    await expect(end).resolves.toMatchObject({ exitCode: undefined, signal: 'SIGTERM', timedOut: true });
  });

  it('may clean up when it is asked to end', async () => {
    const { end, pass } = await begun('while :; do sleep 0.01; done', 'echo bye; exit 4');
    pass(TIMEOUT);
    await expect(end).resolves.toMatchObject({
      exitCode: 4,
      timedOut: true,
      output: expect.stringContaining('bye\n'),
    });
  });

  it('is killed when it ignores SIGTERM, and its children too', async () => {
    const child = join(directory, 'stubborn');
    const { end, pass } = await begun(`sleep 1000 & echo $! > ${child}; while :; do sleep 0.01; done`, '');
    pass(TIMEOUT);
    await eventually(() => isWritten(child));
    pass(GRACE);
    await expect(end).resolves.toMatchObject({ signal: 'SIGKILL', timedOut: true });
    await eventually(() => !alive(child));
  });

  it('takes with it what it leaves behind in its group, though that holds its output', async () => {
    const child = join(directory, 'left');
    const end = await shell(`sleep 1000 & echo $! > ${child}; echo over`);
    expect(end).toMatchObject({ exitCode: 0, timedOut: false, output: 'over\n' });
    await eventually(() => !alive(child));
  });

  it('takes with it what closed its output and ignores SIGTERM', async () => {
    const child = join(directory, 'quiet');
    const ready = join(directory, 'ready');
    const loop = `(trap "" TERM; : > ${ready}; while :; do sleep 0.01; done) >&- 2>&- <&- &`;
    const end = await shell(`${loop} echo $! > ${child}; until [ -e ${ready} ]; do sleep 0.01; done`, {
      grace: 50,
    });
    expect(end).toMatchObject({ exitCode: 0 });
    await eventually(() => !alive(child));
  });

  it('does not wait for a process that left its group and holds its output', async () => {
    const child = join(directory, 'escaped');
    const end = await shell(`setsid sleep 1000 & echo $! > ${child}; echo over`, { grace: 50 });
    expect(end).toMatchObject({ exitCode: 0, output: 'over\n' });
    // In a job of its own, so $! may be that of a process that has forked on.
    if (alive(child)) process.kill(Number(readFileSync(child, 'utf8')), 'SIGKILL');
  });

  it('ends when its subscriber leaves', async () => {
    const pid = join(directory, 'unsubscribed');
    const subscription = runCommand(
      ['sh', '-c', `trap "" TERM; echo $$ > ${pid}; while :; do sleep 0.01; done`],
      options({ grace: 50 }),
    ).subscribe();
    await eventually(() => isWritten(pid));
    subscription.unsubscribe();
    await eventually(() => !alive(pid));
  });
});
