/**
 * The bundle of the command that tests start: made once for all of them, from the present sources.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
// @ts-expect-error -- scripts are JavaScript, without types
import { digest } from '../../scripts/digest.js';
import { cache, folderInTree, root } from './tree.ts';

/** Age of unused bundles that are removed, in ms. */
const KEPT = 3_600_000;

/** Returns the path of the bundled command, which is built if no test has done so. */
export function bundledCommand(): string {
  const bundles = join(cache, 'bundles');
  const folder = join(bundles, digest() as string);
  if (!existsSync(folder)) {
    mkdirSync(bundles, { recursive: true });
    removeOld(bundles);
    const made = folderInTree();
    const code = "const { bundle } = await import('./scripts/build.js'); await bundle(process.argv[1])";
    execFileSync(process.execPath, ['--input-type=module', '-e', code, made], { cwd: root });
    put(made, folder);
  }
  return join(folder, 'tidings.js');
}

/** Moves a finished bundle to its place, unless another process of the tests was faster. */
function put(made: string, folder: string): void {
  try {
    renameSync(made, folder);
  } catch (error) {
    rmSync(made, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
}

function removeOld(bundles: string): void {
  for (const name of readdirSync(bundles)) {
    const path = join(bundles, name);
    const { mtimeMs } = statSync(path, { throwIfNoEntry: false }) ?? { mtimeMs: Infinity };
    if (Date.now() - mtimeMs > KEPT) rmSync(path, { recursive: true, force: true });
  }
}
