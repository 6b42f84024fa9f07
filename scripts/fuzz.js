/**
 * `npm run fuzz -- [--inputs N] [--target NAME] [--seed N] [--resume FILE]`: gives the product mutated inputs from outside.
 * A failing input becomes a file in `test/fuzz/seeds`, which the tests run. See docs/reliability.md.
 */
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ready } from './ready.js';
import { main, root } from './root.js';

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(async () => {
    await ready();
    const { bundleAll } = await import('./build.js');
    await bundleAll({ main: 'test/fuzz/main.ts' }, join(root, 'dist/fuzz'));
    const { fuzz } = await import(pathToFileURL(join(root, 'dist/fuzz/main.js')).href);
    process.exitCode = await fuzz(
      process.argv.slice(2),
      join(root, 'dist/bin/tidings.js'),
      join(root, 'test/fuzz/seeds'),
    );
  });
}
