/** Shared functions of the packaging scripts. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../scripts/root.js';

/** The version of the product. */
export const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** The path of a file of the release: `dist/release/tidings-VERSION-ENDING`. */
export function releaseFile(ending) {
  return join(root, 'dist/release', `tidings-${version}-${ending}`);
}

/**
 * Runs a program, and returns its output.
 *
 * @throws Error with its output if it fails
 */
export function call(command, args, options = {}) {
  const { status, signal, stdout, stderr, error } = spawnSync(command, args, {
    encoding: 'utf8',
    maxBuffer: 64 * 2 ** 20,
    ...options,
  });
  if (error === undefined && status === 0) return stdout;
  const reason = error?.message ?? `exit ${signal ?? status}: ${stdout}${stderr}`;
  throw new Error(`${[command, ...args].join(' ')}: ${reason}`);
}

/**
 * The date of the release, as Unix seconds: `SOURCE_DATE_EPOCH`, else the date of the last commit.
 */
export function releaseDate() {
  const { SOURCE_DATE_EPOCH: given } = process.env;
  return Number(given ?? call('git', ['log', '-1', '--format=%ct'], { cwd: root }));
}
