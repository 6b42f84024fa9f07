/** The files of a release that tests install: made once for all of them, from the present sources. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
// @ts-expect-error -- scripts are JavaScript, without types
import { digest } from '../../scripts/digest.js';
import { findTool } from './tools.ts';
import { cache, folderInTree, root } from './tree.ts';

/** True if an executable can be built here: Node's binary is for this platform, and needs `strip`. */
export const canBuild: boolean =
  process.platform === 'linux' && process.arch === 'x64' && findTool('strip') !== undefined;

/** Runs a module of `packaging/` in a process of its own; returns what its code prints. */
export function packaging(code: string): string {
  return execFileSync(process.execPath, ['--input-type=module', '-e', code], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 16 * 2 ** 20,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Returns the folder with `tidings`, the executable, and `licences`, the texts of its licences. */
export function builtExecutable(): string {
  const sources = [
    'src',
    'operators',
    'cli',
    'scripts',
    'packaging',
    'package-lock.json',
    'tools/node/package-lock.json',
  ];
  const releases = join(cache, 'releases');
  const folder = join(releases, digest(sources) as string);
  if (existsSync(folder)) return folder;
  rmSync(releases, { recursive: true, force: true });
  mkdirSync(releases, { recursive: true });
  const made = folderInTree();
  packaging(`
    import { writeFileSync } from 'node:fs';
    import { buildExecutable } from './packaging/executable/build.js';
    const { licences } = await buildExecutable('${made}/tidings');
    writeFileSync('${made}/licences', licences);
  `);
  renameSync(made, folder);
  return folder;
}

/** Builds the Debian package of that version into a folder; returns its path. */
export function debianPackage(version: string, folder: string): string {
  const built = builtExecutable();
  const file = join(folder, `tidings_${version}_amd64.deb`);
  packaging(`
    import { readFileSync } from 'node:fs';
    import { buildDebianPackage } from './packaging/debian/build.js';
    const executable = { file: '${built}/tidings', licences: readFileSync('${built}/licences', 'utf8') };
    buildDebianPackage(executable, { number: '${version}', file: '${file}', compression: 'none' });
  `);
  return file;
}

/** The text of a file of the tree. */
export function textOf(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}
