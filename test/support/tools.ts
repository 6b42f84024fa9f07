/** Which outside programs this machine has: what tests against real engines depend on. */
import { accessSync, constants, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where engines are installed but an ordinary user's `PATH` does not look. */
const SBIN = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** The path of an installed program, or `undefined`. */
export function findTool(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(':'), ...SBIN];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Bit 21 of a process' capabilities: what mounting, and so every engine run by root, needs. */
const CAP_SYS_ADMIN = 1n << 21n;

/**
 * Tests whether this process may mount: root in an ordinary container may not, and no engine starts
 * there.
 */
export function mayMount(): boolean {
  try {
    const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    return effective !== undefined && (BigInt(`0x${effective}`) & CAP_SYS_ADMIN) !== 0n;
  } catch {
    return false;
  }
}
