/** Writes V8's code cache of the command, for the Node that runs this. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root, say } from './root.js';

/** Commands that people and scripts start often. The last one that loads a chunk makes its cache. */
const COMMANDS = [
  ['--help'],
  ['wait', 'web', '--for', 'running'],
  ['ps'],
  ['why', 'web'],
  ['send', 'container', 'web', 'stop'],
  ['events', '--tail', '1', '--no-follow', '-o', 'json'],
  ['events', '--tail', '2', '--no-follow'],
];

/**
 * Runs commands against a daemon, and stores the functions that they compiled beside the chunks.
 * Without it, the command only starts slower: a failure does not end the build.
 */
export async function writeCodeCache(command = join(root, 'dist/bin/tidings.js')) {
  const directory = mkdtempSync(join(tmpdir(), 'tidings-build-'));
  try {
    await warmUp(command, directory);
    // Put in place at the end: a command would use the caches of the commands before it.
    const chunks = join(command, '../chunks');
    for (const name of readdirSync(chunks).filter((file) => file.endsWith('.new'))) {
      renameSync(join(chunks, name), join(chunks, name.replace(/new$/, 'cache')));
    }
  } catch (error) {
    say(`no code cache was written, so the command starts slower: ${error.message.split('\n')[0]}`);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function warmUp(command, directory) {
  const { sendContainerEvent, startDaemon } = await import('../dist/src/index.js');
  const stateDir = join(directory, 'state');
  const daemon = await startDaemon({ stateDir, dataDir: join(directory, 'data'), engines: [] });
  try {
    for (const state of ['create', 'start', 'die', 'start']) {
      await sendContainerEvent({ directory: stateDir, name: 'web', state, pid: 4711, exitCode: 3 });
    }
    const { NODE_OPTIONS: _, ...env } = process.env;
    for (const args of COMMANDS) {
      const place = args[0] === '--help' ? [] : ['--state-dir', stateDir];
      const recorder = join(root, 'scripts/code-cache-recorder.cjs');
      await promisify(execFile)(process.execPath, ['-r', recorder, command, ...args, ...place], { env });
    }
  } finally {
    await daemon.close();
  }
}
