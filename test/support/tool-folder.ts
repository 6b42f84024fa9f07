/** Tools that are installed in folders of their own, each with its lockfile: `tools/NAME`. */
import { join } from 'node:path';
// @ts-expect-error -- scripts are JavaScript, without types
import { install } from '../../scripts/install.js';
import { root } from './tree.ts';

/** Installs a tool if necessary and returns its folder; `undefined` if the registry cannot be reached. */
export function toolFolder(name: string): string | undefined {
  const folder = join('tools', name);
  try {
    install(folder);
    return join(root, folder);
  } catch {
    return undefined;
  }
}
