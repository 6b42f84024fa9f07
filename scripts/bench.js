/**
 * `npm run bench [-- --quick] [--json] [NAME…]`: installs and builds what is missing, bundles the benchmarks and
 * runs them.
 */
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ready } from './ready.js';
import { main, root } from './root.js';

/** Node 20 runs no TypeScript. Modules that the table's process and its workers share are chunks. */
export async function bundleBenchmarks(outdir) {
  const { bundleAll } = await import('./build.js');
  await bundleAll({ main: 'bench/main.ts', worker: 'bench/worker.ts' }, outdir);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(async () => {
    await ready();
    const outdir = join(root, 'dist/bench');
    await bundleBenchmarks(outdir);
    process.chdir(root);
    await import(pathToFileURL(join(outdir, 'main.js')).href);
  });
}
