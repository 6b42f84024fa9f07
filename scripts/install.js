/** Installs what a lockfile names, where that is missing or another version. */
import { lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, run, say } from './root.js';

/**
 * Installs in a folder of the tree, unless its `node_modules` holds the versions of its lockfile.
 */
export function install(folder = '.') {
  if (isInstalled(folder)) return;
  const modules = join(root, folder, 'node_modules');
  if (lstatSync(modules, { throwIfNoEntry: false })?.isSymbolicLink()) {
    throw new Error(
      `${modules} is a link and what it leads to is out of date: install there, or remove the link`,
    );
  }
  say(`installing what ${join(folder, 'package-lock.json')} names (npm ci)`);
  // No package here needs its install script: native parts come prebuilt.
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  run('npm', ['ci', ...options], folder);
}

/** Npm notes in `node_modules` what it has put in. */
function isInstalled(folder) {
  const wanted = packages(join(folder, 'package-lock.json'));
  const present = packages(join(folder, 'node_modules/.package-lock.json'));
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
