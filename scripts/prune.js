/**
 * Removes compiled files of the library that none of its entry points reaches: modules of the
 * command alone, modules of types alone, and the types of internals.
 */
import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { root } from './root.js';

const FOLDERS = ['dist/src', 'dist/operators'];

/** A relative path in an import, an export or an `import()`, of code and of types. */
const IMPORT = /(?:\bfrom|\bimport)\s*\(?\s*['"](\.[^'"]+)\.[jt]s['"]/g;

export function prune() {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const entries = Object.values(exports).flatMap((entry) =>
    entry.types ? [entry.types, entry.default] : [],
  );
  const reached = new Set();
  const todo = entries.map((path) => resolve(root, path));
  for (const file of todo) {
    if (reached.has(file) || !existsSync(file)) continue;
    reached.add(file);
    const ending = file.endsWith('.d.ts') ? '.d.ts' : '.js';
    for (const [, path] of readFileSync(file, 'utf8').matchAll(IMPORT))
      todo.push(resolve(dirname(file), path) + ending);
  }
  for (const folder of FOLDERS) {
    for (const entry of readdirSync(join(root, folder), { recursive: true, withFileTypes: true })) {
      const file = join(entry.parentPath ?? entry.path, entry.name);
      if (entry.isFile() && !reached.has(file)) rmSync(file);
    }
    removeEmpty(join(root, folder));
  }
}

function removeEmpty(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory()) removeEmpty(join(folder, entry.name));
  if (readdirSync(folder).length === 0) rmdirSync(folder);
}
