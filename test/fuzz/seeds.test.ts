/** Inputs that crashed the product once, by target: see docs/reliability.md. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Random } from '../simulation/random.ts';
import { FuzzedDaemon } from './daemon.ts';
import { daemonTargets, OF_DAEMON } from './targets/daemon.ts';
import { TARGETS } from './targets/index.ts';

const root = new URL('seeds', import.meta.url).pathname;
const command = new URL('../../dist/bin/tidings.js', import.meta.url).pathname;

/** The inputs of a target: name and content. */
function inputsOf(target: string): readonly (readonly [name: string, content: Buffer])[] {
  const directory = `${root}/${target}`;
  const files = existsSync(directory) ? readdirSync(directory) : [];
  return files.map((file) => [file, readFileSync(`${directory}/${file}`)]);
}

describe.each(TARGETS)('$name', ({ name, run, input }) => {
  it.each(inputsOf(name))('takes %s', async (_, content) => {
    await run(content);
  });
  it('takes twenty others', async () => {
    for (let seed = 0; seed < 20; seed++) await run(input(new Random(seed)));
  });
});

describe('a running daemon', () => {
  it('is well after the inputs of its targets, and twenty others of each', async () => {
    const daemon = await FuzzedDaemon.start(command);
    try {
      for (const { name, run, input } of daemonTargets(daemon)) {
        for (const [, content] of inputsOf(name)) await run(content);
        for (let seed = 0; seed < 20; seed++) await run(input(new Random(seed)));
      }
    } finally {
      await daemon.end();
    }
  }, 120_000);

  it('has a directory of inputs for known targets only', () => {
    const known = [...OF_DAEMON, ...TARGETS.map(({ name }) => name)];
    expect(readdirSync(root).filter((name) => !known.includes(name))).toEqual([]);
  });
});
