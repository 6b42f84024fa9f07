/** Digest of the sources of `dist/`. */
import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './root.js';

/** The sources of `dist/`. */
const SOURCES = [
  'src',
  'operators',
  'cli',
  'page',
  'scripts/build.js',
  'scripts/code-cache-recorder.cjs',
  'scripts/code-cache.js',
  'scripts/page.js',
  'tsconfig.json',
  'tsconfig.build.json',
  'package.json',
  'package-lock.json',
];

/** Covers files by path and content: a checkout of another commit and back changes nothing. */
export function digest(paths = SOURCES) {
  const hash = createHash('sha256');
  for (const file of paths.flatMap(filesIn)) {
    const content = readFileSync(join(root, file));
    hash.update(`${file}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

function filesIn(path) {
  const stat = lstatSync(join(root, path), { throwIfNoEntry: false });
  if (!stat?.isDirectory()) return stat ? [path] : [];
  return readdirSync(join(root, path))
    .sort()
    .flatMap((name) => filesIn(join(path, name)));
}
