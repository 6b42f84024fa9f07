/** `why` and `report` against a real daemon. */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Daemon, startDaemon } from '../../../src/index.ts';
import { event } from '../../support/events.ts';
import { cli, type Finished } from '../../support/cli.ts';

const tidings = cli();
const directory = mkdtempSync('/tmp/td-');
const place = ['--state-dir', join(directory, 'state')];
let daemon: Daemon;

const now = BigInt(Date.now()) * 1_000_000n;

/** Something happened so many seconds ago. */
function happen(ago: number, name: string, action: string, attributes: Record<string, string> = {}): void {
  const timeNano = now - BigInt(ago) * 1_000_000_000n;
  const source = { engine: 'docker', endpoint: 'unix:///nowhere/d.sock' };
  const id = Buffer.from(name.padEnd(32).slice(0, 32)).toString('hex');
  daemon.collector.append([
    event({ id, name, action, timeNano, source, attributes: { image: 'bb:1', ...attributes } }),
  ]);
}

beforeAll(async () => {
  daemon = await startDaemon({
    ...{ stateDir: join(directory, 'state'), dataDir: join(directory, 'data'), engines: ['none'] },
  });
  happen(500, 'fine', 'start');
  happen(400, 'web', 'start');
  happen(300, 'db', 'die', { exitCode: '1' });
  happen(298, 'web', 'kill', { signal: '15' });
  happen(288, 'web', 'kill', { signal: '9' });
  happen(288, 'web', 'die', { exitCode: '137' });
  happen(200, 'made', 'create');
  happen(100, 'evil\u001b[31m\n\u202e', 'die', { exitCode: '1', image: 'x\u0007' });
});
afterAll(async () => {
  await daemon.close();
  rmSync(directory, { recursive: true, force: true });
});

const run = async (...args: readonly string[]): Promise<Finished> =>
  await tidings([...args, ...place]).finished;

describe('tidings why', () => {
  it('explains a death in a headline and a line for each fact', async () => {
    const { code, stdout, stderr } = await run('why', 'web');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [head, ...lines] = stdout.trimEnd().split('\n');
    expect(head).toMatch(/^web {2}died \d+ (s|min) ago: on request \(SIGTERM, SIGKILL after 10 s\)$/);
    expect(lines.length).toBeLessThanOrEqual(12);
    expect(lines).toContain('  exit      137: SIGKILL');
    expect(lines).toContain('  asked     yes: SIGTERM, and SIGKILL when 10 s of grace had run out');
  });

  it('gives the same as JSON, and each death with --all', async () => {
    const { stdout } = await run('why', 'web', '--all', '-o', 'json');
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ name: 'web', engine: 'docker', status: 'died' },
      death: { cause: 'grace-ran-out', exitCode: 137, signal: 'SIGKILL' },
    });
  });

  it('says that there is nothing to explain, or that it never started', async () => {
    expect((await run('why', 'fine')).stdout).toMatch(
      /^fine {2}running for \d+ (s|min), nothing to explain\n/,
    );
    const made = await run('why', 'made');
    expect(made.stdout).toMatch(/^made {2}created, and never started\n/);
    expect(made.stdout).toMatch(/engine {4}not asked: .*there is no such socket/);
  });

  it('lets no name and no image steer the terminal', async () => {
    const { stdout } = await run('why', '/^evil/', '--color', 'never');
    expect(stdout).toContain(String.raw`evil\x1b[31m\n\u202e  died`);
    expect(stdout).toMatch(/^[\n -~]*$/);
  });

  it('ends with 1 for a name without events', async () => {
    expect(await run('why', 'nobody')).toMatchObject({
      code: 1,
      stderr: `tidings: no event is about "nobody": 'tidings ps -a' lists the names\n`,
    });
  });

  it.each(['[', 'web --logs=0', 'web --at=soon', 'web --all --at=1m'])('refuses %s', async (args) => {
    expect((await run('why', ...args.split(' '))).code).toBe(64);
  });
});

describe('tidings report', () => {
  it('sums up a period, unrequested deaths first', async () => {
    const { code, stdout, stderr } = await run('report', '-S', '10m');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/Deaths\n +2 {2}failed +.*db.*\n +1 {2}grace-ran-out +web\n/);
    expect(stdout).toMatch(/Down after a death\n +db +5 min/);
    expect(stdout).toMatch(/Deaths over time\n +db +[·█]+ +1\n/);
    expect(stdout).not.toContain('\u001b');
  });

  it('is one line for a quiet period, and JSON for programs', async () => {
    const ago = (seconds: number): string =>
      new Date(Number(now / 1_000_000n) - seconds * 1000).toISOString();
    const { stdout } = await run('report', '-S', ago(410), '-U', ago(350));
    expect(stdout).toMatch(/ to .*: quiet, 1 event, 0 ordinary deaths, no trouble\n$/);
    expect(JSON.parse((await run('report', '-S', '10m', '-o', 'json')).stdout)).toMatchObject({
      quiet: false,
      events: 8,
      omitted: 0,
    });
  });

  it('refuses a period that ends before it begins', async () => {
    const { code, stderr } = await run('report', '-S', '1m', '-U', '2m');
    expect(code).toBe(64);
    expect(stderr).toMatch(/'since' time cannot be after 'until' time/);
  });
});
