/** A Debian with systemd as process 1, in namespaces of its own: what a package is installed on. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { findTool, mayMount } from './tools.ts';
import { root } from './tree.ts';

const PACKAGES = ['systemd', 'ca-certificates', 'libatomic1'];

/** True where such a machine can be made. */
export const hasDebian: boolean =
  mayMount() &&
  process.getuid?.() === 0 &&
  ['mmdebstrap', 'unshare', 'nsenter'].every((name) => findTool(name));

export interface DebianMachine {
  /** Path of its root here. */
  readonly root: string;
  /** Runs a shell command there; returns its exit code and output. */
  run(command: string): { readonly code: number | null; readonly output: string };
  /** Copies a file to `/srv` there. */
  put(file: string): void;
}

/** The root, packed: made once, into the cache of this user. It needs the packages of Debian. */
export function packedRoot(): string {
  const folder = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'tidings-test');
  const file = join(folder, `debian-bookworm-${PACKAGES.join('+')}.tar`);
  if (existsSync(file)) return file;
  mkdirSync(folder, { recursive: true });
  const partial = `${file}.${process.pid}.tar`;
  const options = ['--variant=minbase', `--include=${PACKAGES.join(',')}`, 'bookworm', partial];
  execFileSync('mmdebstrap', options, { stdio: 'ignore' });
  renameSync(partial, file);
  return file;
}

/** Boots a fresh machine; it ends with the test. */
export async function bootDebian(): Promise<DebianMachine> {
  const folder = mkdtempSync('/tmp/td-');
  execFileSync('tar', ['--extract', '--numeric-owner', '--file', packedRoot(), '--directory', folder]);
  const script = join(root, 'test/support/debian-machine.sh');
  const namespaces = ['--mount', '--pid', '--fork', '--kill-child', '--uts', '--ipc', '--cgroup'];
  const machine = spawn('unshare', [...namespaces, 'sh', script, folder], { stdio: 'ignore' });
  onTestFinished(async () => {
    const ended = new Promise((resolve) => machine.once('exit', resolve));
    machine.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  });
  const first = (): string =>
    readFileSync(`/proc/${machine.pid}/task/${machine.pid}/children`, 'utf8').trim();
  const run: DebianMachine['run'] = (command) => {
    const inside = ['-t', first(), '-m', '-p', '-u', '-i', '-r', '-w', 'sh', '-c', command];
    const { status, stdout } = spawnSync('nsenter', inside, {
      encoding: 'utf8',
      env: {
        PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
        HOME: '/root',
        LC_ALL: 'C.UTF-8',
        DEBIAN_FRONTEND: 'noninteractive',
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    return { code: status, output: stdout };
  };
  for (;;) {
    if (machine.exitCode !== null) throw new Error('the machine does not boot');
    if (first() !== '' && /running|degraded/.test(run('systemctl is-system-running 2>/dev/null').output))
      break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return {
    root: folder,
    run,
    put: (file) => {
      mkdirSync(join(folder, 'srv'), { recursive: true });
      copyFileSync(file, join(folder, 'srv', basename(file)));
    },
  };
}
