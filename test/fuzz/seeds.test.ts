/** Inputs that crashed the product once, by target: see docs/reliability.md. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'vitest';
import { Random } from '../simulation/random.ts';
import { TARGETS } from './targets/index.ts';

const root = new URL('seeds', import.meta.url).pathname;

describe.each(TARGETS)('$name', ({ name, run, input }) => {
  const directory = `${root}/${name}`;
  const files = existsSync(directory) ? readdirSync(directory) : [];
  it.each(files)('takes %s', async (file) => {
    await run(readFileSync(`${directory}/${file}`));
  });
  it('takes twenty others', async () => {
    for (let seed = 0; seed < 20; seed++) await run(input(new Random(seed)));
  });
});
