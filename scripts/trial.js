/**
 * `npm run trial:forward` and `npm run trial:fleet`: kill daemons and servers at random, and compare the
 * events that arrived with the journals. See docs/forward.md and docs/fleet.md.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { main, root } from './root.js';

await main(async () => {
  const [name, ...args] = process.argv.slice(2);
  const { build } = await import('esbuild');
  // Paths of the tree are relative to the file: it is as deep as the source.
  const outfile = join(root, `dist/trial/${name}.js`);
  await build({
    entryPoints: [join(root, `test/support/${name}-trial.ts`)],
    ...{ outfile, bundle: true, platform: 'node', format: 'esm', packages: 'external', logLevel: 'error' },
  });
  const { trial } = await import(pathToFileURL(outfile).href);
  process.exitCode = await trial(args);
});
