/**
 * Prepares the tree: installs the packages of package-lock.json and builds `dist/`, each only if it
 * is missing or out of date. Needs only Node and npm: `node scripts/ready.js`.
 */
import { existsSync, lstatSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { digest } from './digest.js';
import { main, root, run, say } from './root.js';

/** Holds the digest of the sources that `dist/` was made from. */
const STAMP = join(root, 'dist', '.sources');

export async function ready() {
  if (!isInstalled()) install();
  const sources = digest();
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === sources) return;
  say('building, since the sources are newer than dist/');
  const { build } = await import('./build.js');
  await build();
  writeFileSync(STAMP, sources);
}

/**
 * Tests whether node_modules holds the versions of package-lock.json; npm notes there what it has
 * installed.
 */
function isInstalled() {
  const wanted = packages('package-lock.json');
  const present = packages('node_modules/.package-lock.json');
  return Object.entries(wanted).every(
    ([path, { version, optional, link }]) =>
      path === '' || optional || link || present[path]?.version === version,
  );
}

function packages(lockfile) {
  try {
    return JSON.parse(readFileSync(join(root, lockfile), 'utf8')).packages;
  } catch {
    return {};
  }
}

function install() {
  const folder = join(root, 'node_modules');
  if (lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink()) {
    throw new Error(
      `${folder} is a link and what it leads to is out of date: install there, or remove the link`,
    );
  }
  say('installing the packages of package-lock.json (npm ci)');
  // No package here needs its install script: native parts are prebuilt.
  run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(ready);
