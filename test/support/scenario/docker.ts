/** The scenario on a real dockerd. */
import type { Dockerd } from '../dockerd-process.ts';
import type { Player, Run } from './player.ts';

export function dockerPlayer(server: Dockerd): Player {
  const post = (name: string, act: string): Promise<unknown> =>
    server.api('POST', `/containers/${name}/${act}`);
  const launch = async (name: string, { command, memory = 0, health }: Run): Promise<void> => {
    const check = { Test: ['CMD', health === 'healthy' ? 'true' : 'false'], Interval: 1e8, Retries: 1 };
    const Healthcheck = health === undefined ? undefined : check;
    const host = memory === 0 ? {} : { Memory: memory, MemorySwap: memory };
    await server.launch({ name, command, host, config: { Healthcheck } });
  };
  return {
    launch,
    create: (name) => server.create({ name }),
    ended: (name) => post(name, 'wait'),
    checked: async (name, wanted) => {
      for (;;) {
        const { State } = await server.api<{ State: { Health: { Status: string } } }>(
          'GET',
          `/containers/${name}/json`,
        );
        if (State.Health.Status === wanted) return;
      }
    },
    kill: (name) => post(name, 'kill'),
    stop: (name) => post(name, 'stop'),
    pause: (name) => post(name, 'pause'),
    unpause: (name) => post(name, 'unpause'),
    rename: (name, next) => post(name, `rename?name=${next}`),
    remove: (name) => server.api('DELETE', `/containers/${name}?force=1`),
  };
}
