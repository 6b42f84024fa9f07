/**
 * The tree of the project, and folders in it for tests: packages resolve there as in the product
 * itself.
 */
import { mkdirSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root: string = fileURLToPath(new URL('../..', import.meta.url));

/** Holds what tests make in the tree. Git ignores it, and no package contains it. */
export const cache: string = join(root, '.cache');

/** Makes an empty folder in the tree; the caller removes it. */
export function folderInTree(): string {
  mkdirSync(cache, { recursive: true });
  return mkdtempSync(join(cache, 'test-'));
}
