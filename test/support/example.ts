/**
 * The examples as child processes, each bundled from this tree as if the package were installed.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll } from 'vitest';
import { type Running, start } from './cli.ts';
import { folderInTree, root } from './tree.ts';

/** Makes, for the tests of this file, a function that starts an example by its file's name. */
export function example(name: string): (...args: string[]) => Running {
  let directory = '';
  beforeAll(async () => {
    directory = folderInTree();
    await build({
      entryPoints: [join(root, 'examples', name)],
      outfile: join(directory, name),
      bundle: true,
      platform: 'node',
      format: 'esm',
      alias: {
        tidings: join(root, 'src/index.ts'),
        'tidings/engine': join(root, 'src/engine.ts'),
        'tidings/operators': join(root, 'operators/index.ts'),
      },
      packages: 'external',
      logLevel: 'silent',
    });
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  return (...args) => start(join(directory, name), args);
}
