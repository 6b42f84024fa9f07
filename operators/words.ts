/** Words of Docker, Podman, containerd and iSulad for the stages in a container's life. */
import type { Described } from './shapes.ts';

/**
 * Tests for the end of a run. `exit` does not count: iSulad also reports `die`. The attribute
 * `stale` marks the end of an unknown run.
 */
export function isEnd({ action, attributes }: Described): boolean {
  return (action === 'die' || action === 'died') && attributes['stale'] !== 'true';
}

/** Tests for a removal. */
export function isRemoval(action: string): boolean {
  return action === 'destroy' || action === 'remove' || action === 'delete';
}

/**
 * Actions that engines are known to emit, for hints and completion: Docker's, Podman's,
 * containerd's and iSulad's, in the form that events carry. An event can have any other action too.
 */
export const ACTIONS: readonly string[] = [
  ...[
    'archive-path',
    'attach',
    'auto-update',
    'build',
    'builder',
    'checkpoint',
    'cleanup',
    'commit',
    'connect',
  ],
  ...[
    'copy',
    'create',
    'delete',
    'destroy',
    'detach',
    'die',
    'disable',
    'disconnect',
    'enable',
    'exec',
    'exec_create',
  ],
  ...[
    'exec_detach',
    'exec_die',
    'exec_died',
    'exec_start',
    'exit',
    'export',
    'extract-to-dir',
    'freezing',
    'frozen',
  ],
  ...[
    'gap',
    'health_status',
    'import',
    'init',
    'install',
    'kill',
    'load',
    'login',
    'logout',
    'mount',
    'oom',
    'pause',
  ],
  ...[
    'paused1',
    'prune',
    'pull',
    'push',
    'refresh',
    'reload',
    'remove',
    'rename',
    'renumber',
    'resize',
    'restart',
  ],
  ...[
    'restore',
    'running',
    'save',
    'start',
    'starting',
    'stop',
    'stopping',
    'sync',
    'tag',
    'thawed',
    'top',
    'unmount',
  ],
  ...['unpause', 'untag', 'update'],
];

/** Types that engines are known to emit: Docker's, Podman's, containerd's and iSulad's. */
export const TYPES: readonly string[] = [
  ...['builder', 'config', 'container', 'daemon', 'image', 'machine', 'network', 'node', 'plugin', 'pod'],
  ...['secret', 'service', 'snapshot', 'system', 'volume'],
];
