/** The scenario on a real podman. */
import type { Podman } from '../podman.ts';
import type { Player } from './player.ts';

export function podmanPlayer(service: Podman): Player {
  const run = (...args: string[]): Promise<unknown> => service.command(...args);
  return {
    create: (name) => run('create', '--name', name, '--network', 'none', 'busybox:test', 'true'),
    launch: (name, { command, memory = 0, health }) =>
      service.launch(
        name,
        command,
        ...(memory === 0 ? [] : ['--memory', String(memory), '--memory-swap', String(memory)]),
        ...(health === undefined
          ? []
          : ['--health-cmd', health === 'healthy' ? 'true' : 'false', '--health-interval', 'disable']),
        ...(health === undefined ? [] : ['--health-retries', '1']),
      ),
    ended: (name) => run('wait', name),
    checked: async (name) => {
      // The event of a check states the health before it. It fails if the result is bad.
      for (let i = 0; i < 2; i++) await run('healthcheck', 'run', name).catch(() => undefined);
    },
    kill: (name) => run('kill', name),
    stop: (name) => run('stop', name),
    pause: (name) => run('pause', name),
    unpause: (name) => run('unpause', name),
    rename: (name, next) => run('rename', name, next),
    remove: (name) => run('rm', '--force', '--time', '0', name),
  };
}
