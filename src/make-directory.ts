/** Directories that the daemon creates. */
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** The owner writes, the group reads. */
const MODE = 0o750;

/**
 * Creates a directory and those above it, with mode 0750; an existing one stays as it is.
 *
 * @throws Error of the system, with the true code: Node's recursive `mkdir` reports ENOENT for a
 *   directory above on a file system that is read-only
 */
export function makeDirectory(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: MODE });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    let missing = resolve(path);
    while (!existsSync(dirname(missing))) missing = dirname(missing);
    mkdirSync(missing, { mode: MODE });
    throw error;
  }
}
