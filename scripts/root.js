/** The root of the tree, and shared functions of its scripts. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** Prints a message on stderr: stdout belongs to the started program. */
export function say(text) {
  process.stderr.write(`tidings: ${text}\n`);
}

/** Runs the body of a script; a failure gives one line and exit code 1. */
export async function main(body) {
  const [major, minor] = process.versions.node.split('.').map(Number);
  try {
    if (major < 20 || (major === 20 && minor < 19)) {
      throw new Error(`Node ${process.versions.node} is too old: 20.19 or newer is needed`);
    }
    await body();
  } catch (error) {
    say(error.message);
    process.exitCode = 1;
  }
}

/**
 * Runs a program in a folder of the tree, with its output on our stderr. @throws Error if it fails
 */
export function run(command, args, folder = '.') {
  const { status, signal, error } = spawnSync(command, args, {
    cwd: join(root, folder),
    env: ownEnvironment(),
    stdio: ['ignore', 2, 2],
  });
  if (error !== undefined || status !== 0) {
    throw new Error(`${[command, ...args].join(' ')}: ${error?.message ?? `exit ${signal ?? status}`}`);
  }
}

/**
 * The environment without the settings of a calling npm: `npm install -g .` would make `npm ci`
 * install globally.
 */
function ownEnvironment() {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) =>
        !/^npm_(config_(global|location|prefix|local_prefix|dry_run)$|package_|lifecycle_)/i.test(name),
    ),
  );
}
