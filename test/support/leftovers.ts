/** Leftovers of an engine that is stopped hard: processes, mounts and cgroups of one directory. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findTool } from './tools.ts';

/** A process, as `/proc` describes it. */
interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/**
 * Ends every process whose command line names the directory, and all that those started; resolves
 * once they are gone.
 */
export async function killProcessesOf(directory: string): Promise<void> {
  for (const deadline = Date.now() + 10_000; ; await delay(20)) {
    const pids = processesOf(directory);
    if (pids.length === 0) return;
    if (Date.now() > deadline) throw new Error(`processes of ${directory} do not end: ${pids.join(', ')}`);
    for (const pid of pids) kill(pid);
  }
}

/**
 * Ends what runs inside the directory's containers: whatever a shim started, the shims themselves
 * not.
 */
export function killContainersOf(directory: string): void {
  const all = processes();
  const shims = all.filter(({ command }) => command.includes(directory) && command.includes('-shim'));
  for (const pid of descendants(all, shims)) kill(pid);
}

/** Unmounts all that is mounted below the directory, the deepest first. */
export function unmountBelow(directory: string): void {
  const mounted = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((path) => path.startsWith(`${directory}/`))
    .toReversed();
  const umount = findTool('umount') ?? 'umount';
  for (const path of mounted) execFileSync(umount, ['--lazy', path]);
}

/**
 * Removes a control group that has no processes any more, with those below it, in every hierarchy.
 */
export function removeControlGroup(name: string): void {
  const root = '/sys/fs/cgroup';
  for (const hierarchy of ['', ...folders(root)]) removeFolders(join(root, hierarchy, name));
}

function processesOf(directory: string): number[] {
  const all = processes();
  const own = all.filter(({ pid, command }) => pid !== process.pid && command.includes(`${directory}/`));
  return [...new Set([...own.map(({ pid }) => pid), ...descendants(all, own)])];
}

function descendants(all: readonly Process[], of: readonly Process[]): number[] {
  const parents = new Set(of.map(({ pid }) => pid));
  const children = all.filter(({ pid, parent }) => parents.has(parent) && !parents.has(pid));
  if (children.length === 0) return [];
  return [...children.map(({ pid }) => pid), ...descendants(all, children)];
}

function processes(): Process[] {
  return readdirSync('/proc').flatMap((entry) => {
    if (!/^\d+$/.test(entry)) return [];
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, 'utf8');
      // The program's name, in parentheses, may itself hold spaces and parentheses.
      const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (state === 'Z') return [];
      const command = readFileSync(`/proc/${entry}/cmdline`, 'utf8').replaceAll('\0', ' ');
      return [{ pid: Number(entry), parent: Number(parent), command }];
    } catch {
      return []; // It ended meanwhile.
    }
  });
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}

function removeFolders(path: string): void {
  for (const folder of folders(path)) removeFolders(join(path, folder));
  try {
    rmdirSync(path);
  } catch {
    // Not in this hierarchy.
  }
}

function folders(path: string): string[] {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
  } catch {
    return [];
  }
}
