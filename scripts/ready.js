/**
 * Prepares the tree: installs the packages of package-lock.json and builds `dist/`, each only if it
 * is missing or out of date. Needs only Node and npm: `node scripts/ready.js`.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { digest } from './digest.js';
import { install } from './install.js';
import { main, root, say } from './root.js';

/** Holds the digest of the sources that `dist/` was made from. */
const STAMP = join(root, 'dist', '.sources');

export async function ready() {
  install();
  const sources = digest();
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === sources) return;
  say('building, since the sources are newer than dist/');
  const { build } = await import('./build.js');
  await build();
  writeFileSync(STAMP, sources);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(ready);
