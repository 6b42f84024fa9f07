import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { quickNames } from '../../bench/list.ts';
import { folderInTree, root } from '../support/tree.ts';

/** That it works, not how fast anything is. */
describe('npm run bench', () => {
  let directory: string;
  const node = (...args: string[]): string =>
    execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  const bench = (...args: string[]): string =>
    node(join(directory, 'main.js'), '--quick', '--rounds', '1', ...args);

  beforeAll(() => {
    directory = folderInTree();
    const code = "(await import('./scripts/bench.js')).bundleBenchmarks(process.argv[1])";
    node('--input-type=module', '-e', code, directory);
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it.each(quickNames)(
    'measures: %s',
    (name) => {
      const [outcome] = JSON.parse(bench('--json', name)) as unknown[];
      expect(outcome).toEqual({ name, lines: expect.arrayContaining([expect.anything()]) });
    },
    120_000,
  );

  it('prints a table', () => {
    expect(bench('append')).toMatch(
      /^\| benchmark .*\n\| -+ .*\n(\| append .*\/s +\| .*\/s +\| [\d.]+ .*\|\n)+$/,
    );
  });

  it('prints JSON', () => {
    expect(JSON.parse(bench('--json', 'append'))).toEqual([
      {
        name: 'append',
        lines: expect.arrayContaining([
          expect.objectContaining({ unit: 'events/s', ratio: expect.objectContaining({}) }),
        ]),
      },
    ]);
  });

  it('keeps profiles of its processes', () => {
    const profiles = join(directory, 'profiles');
    bench('--profile', profiles, 'append');
    expect(readdirSync(profiles).toSorted()).toEqual(['append-01.cpuprofile', 'append-02.cpuprofile']);
  });

  it('compares with another build, here with itself', () => {
    const other = join(directory, 'other');
    mkdirSync(join(other, 'dist'), { recursive: true });
    symlinkSync(directory, join(other, 'dist/bench-against'));
    const args = ['--quick', '--json', '--against', other, '--rounds', '2', 'append'];
    const { stdout, status } = spawnSync(process.execPath, [join(directory, 'main.js'), ...args], {
      cwd: root,
      encoding: 'utf8',
    });
    const [line, ...others] = JSON.parse(stdout) as { regression: boolean }[];
    // Two rounds on a busy machine can look like a regression.
    expect(status).toBe([line, ...others].some((each) => each?.regression) ? 1 : 0);
    expect(line).toMatchObject({
      name: 'append',
      unit: 'events/s',
      pairs: { a: [expect.any(Number), expect.any(Number)] },
    });
  }, 120_000);

  it('names the benchmarks that there are', () => {
    expect(() => bench('nonsense')).toThrow(/no benchmark "nonsense": known are append, /);
  });
});
