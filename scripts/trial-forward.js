/**
 * `npm run trial:forward -- [--rounds N] [--sink NAME]… [--resume FILE]`: kills the daemon and the servers of its sinks
 * under load. See docs/forward.md.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { main, root } from './root.js';

await main(async () => {
  const { build } = await import('esbuild');
  // Paths of the tree are relative to the file: it is as deep as the source.
  const outfile = join(root, 'dist/trial/forward.js');
  await build({
    entryPoints: [join(root, 'test/support/forward-trial.ts')],
    ...{ outfile, bundle: true, platform: 'node', format: 'esm', packages: 'external', logLevel: 'error' },
  });
  const { trial } = await import(pathToFileURL(outfile).href);
  process.exitCode = await trial(process.argv.slice(2));
});
