/** Where the tree is, and how its scripts speak and run things. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** What a script does, on stderr: stdout belongs to what is started. */
export function say(text) {
  process.stderr.write(`tidings: ${text}\n`);
}

/** Runs what a script is for; a failure is told in one line and exits 1. */
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

/** Runs a program in the tree, its output to our stderr. @throws Error when it fails */
export function run(command, args) {
  const { status, signal, error } = spawnSync(command, args, {
    cwd: root,
    env: ownEnvironment(),
    stdio: ['ignore', 2, 2],
  });
  if (error !== undefined || status !== 0) {
    throw new Error(`${[command, ...args].join(' ')}: ${error?.message ?? `exit ${signal ?? status}`}`);
  }
}

/** The environment without the settings of an npm that runs us: `npm install -g .` would have `npm ci` install globally. */
function ownEnvironment() {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) =>
        !/^npm_(config_(global|location|prefix|local_prefix|dry_run)$|package_|lifecycle_)/i.test(name),
    ),
  );
}
