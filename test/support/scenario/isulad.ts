/**
 * The scenario on a model of iSulad: it sends what iSulad's own code sends at each act
 * (`execution.c`, `execution_extend.c`).
 */
import { createHash } from 'node:crypto';
import type { GrpcServer } from '../grpc-server.ts';
import type { Player, Run } from './player.ts';

const RUNNING = 3;
const STOPPED = 4;

const idOf = (name: string): string => createHash('sha256').update(name).digest('hex');

export function isuladPlayer(server: GrpcServer): Player {
  const tell = async (said: object): Promise<void> => server.tell(JSON.stringify(said));
  const event = (name: string, opt: string, more: object = {}): Promise<void> =>
    tell({ event: [`container ${opt}`, idOf(name), more] });
  const put = (name: string, parts: object): Promise<void> =>
    tell({ container: { id: idOf(name), name, ...parts } });
  const runs = new Map<string, Run>();
  const end = async (name: string, exitCode: number): Promise<void> => {
    runs.delete(name);
    await put(name, { status: STOPPED, exitCode });
    await event(name, 'die', { exitCode: String(exitCode) });
  };
  const create = async (name: string): Promise<void> => {
    await put(name, { status: 1 });
    await event(name, 'create');
  };
  return {
    create,
    launch: async (name, run) => {
      await create(name);
      runs.set(name, run);
      await put(name, { status: RUNNING, pid: 7 });
      await event(name, 'start');
    },
    ended: async (name) => {
      const { command, memory } = runs.get(name) ?? { command: [] };
      if (memory !== undefined) await event(name, 'oom');
      if (runs.has(name)) await end(name, memory === undefined ? (command.length > 1 ? 3 : 0) : 137);
    },
    checked: async () => undefined,
    kill: async (name) => {
      await event(name, 'kill', { signal: '9' });
      await end(name, 137);
    },
    stop: async (name) => {
      await end(name, 0);
      await event(name, 'stop');
    },
    pause: (name) => event(name, 'pause'),
    unpause: (name) => event(name, 'unpause'),
    rename: (name, next) => event(name, 'reanme', { name: next, oldName: name }),
    remove: async (name) => {
      if (runs.has(name)) await end(name, 137);
    },
  };
}
