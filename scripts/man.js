/** Writes the manual pages into `dist/man/`: npm links those that package.json names. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './root.js';

/** @param bundle bundles entry points into a folder */
export async function writeManPages(bundle, outdir = join(root, 'dist/man')) {
  const maker = join(root, 'dist/man-maker');
  await bundle({ man: 'cli/man.ts' }, maker);
  const { manPages } = await import(pathToFileURL(join(maker, 'man.js')).href);
  mkdirSync(outdir, { recursive: true });
  for (const [name, text] of await manPages()) writeFileSync(join(outdir, name), text);
  rmSync(maker, { recursive: true });
}
