/** The scenario on a real containerd, by its own client. Its names are labels, as of nerdctl. */
import type { Containerd } from '../containerd.ts';
import type { Player } from './player.ts';

const nothing = (): Promise<void> => Promise.resolve();

export function containerdPlayer(server: Containerd): Player {
  const id = (name: string): string => server.id(name);
  const task = (name: string, ...args: string[]): Promise<unknown> => server.ctr('task', ...args, id(name));
  const label = (name: string): string[] => ['--label', `nerdctl/name=${name}`];
  const isOver = async (name: string): Promise<boolean> =>
    (await server.ctr('task', 'ls'))
      .split('\n')
      .some((line) => line.startsWith(id(name)) && /STOPPED/.test(line));
  return {
    create: (name) =>
      server.ctr(
        ...['container', 'create', '--snapshotter', 'native', ...label(name)],
        ...['docker.io/test/box:1', id(name), '/bin/true'],
      ),
    launch: (name, { command, memory = 0 }) =>
      server.run(
        id(name),
        command,
        '-d',
        ...label(name),
        ...(memory === 0 ? [] : ['--memory-limit', String(memory)]),
      ),
    ended: async (name) => {
      while (!(await isOver(name)));
    },
    checked: nothing,
    kill: (name) => task(name, 'kill', '-s', 'SIGKILL'),
    stop: (name) => task(name, 'kill', '-s', 'SIGTERM'),
    pause: (name) => task(name, 'pause'),
    unpause: (name) => task(name, 'resume'),
    rename: nothing,
    remove: async (name) => {
      const own = name.replace(/-2$/, '');
      await task(own, 'rm', '-f').catch(() => undefined);
      await server.ctr('container', 'rm', id(own));
    },
  };
}
