/** The packed product on Bun and Deno: operators run, and a daemon is refused. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { start } from '../support/cli.ts';
import { program, results } from '../support/every-operator.ts';
import { packed } from '../support/packed.ts';
import { bun, deno, programOf } from '../support/runtimes.ts';

const project = packed();

describe.each([
  { ...bun, first: ['run'] },
  { ...deno, first: ['run', '--allow-all', '--node-modules-dir=manual'] },
])('on $name', ({ first, ...other }) => {
  let runtime: readonly string[] | undefined;
  let directory: string;

  beforeAll(async () => {
    directory = mkdtempSync('/tmp/td-');
    const path = await programOf(other);
    runtime = path === undefined ? undefined : [path, ...first];
  }, 300_000);
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  beforeEach((context) => context.skip(runtime === undefined, `${other.name} cannot be downloaded`));

  it('runs every operator', async () => {
    const file = join(project().directory, 'every-operator.js');
    writeFileSync(file, `${program}\nconsole.log(JSON.stringify(globalThis.result));\n`);
    const { code, stdout, stderr } = await start(file, [], { runtime: runtime ?? [] }).finished;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual(results);
  });

  it('refuses a daemon in one sentence, and leaves nothing behind', async () => {
    const state = join(directory, 'state');
    const args = ['serve', '--state-dir', state, '--data-dir', join(directory, 'data')];
    const refused = await start(project().command, args, { runtime: runtime ?? [] }).finished;
    const stderr = `tidings: the daemon runs on Node 20.19 or newer, not on ${other.name}\n`;
    expect(refused).toEqual({ code: 69, stdout: '', stderr });
    expect(existsSync(state)).toBe(false);
  });
});
