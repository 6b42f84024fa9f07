/**
 * The docker commands that this machine has: several versions of them, where they are installed.
 */
import { execFile, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { isExecutable } from './tools.ts';

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface DockerClient {
  /** E.g. `20.10.24+dfsg1`. */
  readonly version: string;
  /** Runs a command to its end, with a directory of configuration of its own. */
  run(endpoint: string, args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ran>;
  /** Runs a command until what it has printed is enough. */
  until(endpoint: string, args: readonly string[], enough: (stdout: string) => boolean): Promise<string>;
}

export const dockerClients: readonly DockerClient[] = findClients();

function findClients(): DockerClient[] {
  const found = new Map<string, string>();
  for (const folder of [...(process.env['PATH'] ?? '').split(':'), '/usr/local/bin', '/usr/bin']) {
    const path = join(folder, 'docker');
    if (!isExecutable(path)) continue;
    const version = /version ([^,\s]+)/.exec(execFileSync(path, ['--version'], { encoding: 'utf8' }))?.[1];
    if (version !== undefined && !found.has(version)) found.set(version, path);
  }
  return [...found].map(([version, path]) => client(version, path));
}

function client(version: string, path: string): DockerClient {
  return {
    version,
    run: async (endpoint, args, env = {}) => {
      const config = mkdtempSync('/tmp/td-');
      try {
        const options = {
          env: { ...process.env, DOCKER_CONFIG: config, ...env },
          maxBuffer: 64 * 1024 * 1024,
        };
        const { stdout, stderr } = await promisify(execFile)(path, ['-H', endpoint, ...args], options);
        return { code: 0, stdout, stderr };
      } catch (error) {
        const { code, stdout, stderr } = error as Ran;
        return { code, stdout, stderr };
      } finally {
        rmSync(config, { recursive: true, force: true });
      }
    },
    until: async (endpoint, args, enough) => {
      const child = spawn(path, ['-H', endpoint, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
      let printed = '';
      try {
        for await (const data of child.stdout) {
          printed += String(data);
          if (enough(printed)) return printed;
        }
        throw new Error(`docker ended by itself: ${printed}`);
      } finally {
        child.kill('SIGKILL');
      }
    },
  };
}
