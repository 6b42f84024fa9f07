/**
 * `npm run bench [-- --quick] [--json] [NAME…]`: installs and builds missing parts, bundles the
 * benchmarks and runs them. With `--against DIR`, it does the same in that tree, to compare both
 * builds.
 */
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ready } from './ready.js';
import { main, root, run } from './root.js';

/** Node 20 runs no TypeScript. Modules shared by the table's process and its workers are chunks. */
export async function bundleBenchmarks(outdir) {
  const { bundleAll, EXTERNAL } = await import('./build.js');
  await bundleAll(
    { main: 'bench/main.ts', worker: 'bench/worker.ts', list: 'bench/list.ts', round: 'bench/round.ts' },
    outdir,
    {},
    root,
    [EXTERNAL, 'playwright-core'],
  );
}

/** Builds another tree, with its own scripts, and bundles its benchmarks. */
async function prepareOther(directory) {
  const tree = resolve(directory);
  run(process.execPath, [join(tree, 'scripts/ready.js')]);
  const { bundleAll } = await import('./build.js');
  const entries = { list: 'bench/list.ts', worker: 'bench/worker.ts' };
  await bundleAll(entries, join(tree, 'dist/bench-against'), {}, tree);
}

/** The tree to compare with, if any; the table's process reads all options. */
function against() {
  const options = { against: { type: 'string' } };
  return parseArgs({ options, strict: false, allowPositionals: true }).values.against;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(async () => {
    await ready();
    const outdir = join(root, 'dist/bench');
    await bundleBenchmarks(outdir);
    const other = against();
    if (typeof other === 'string') await prepareOther(other);
    process.chdir(root);
    // The workers' script is beside it.
    process.argv[1] = join(outdir, 'main.js');
    await import(pathToFileURL(process.argv[1]).href);
  });
}
