/** The acts of the shared scenario, on each engine in its own way. */

/** A run of a container. */
export interface Run {
  readonly command: readonly string[];
  /** Limit of its memory: in bytes. Default: none. */
  readonly memory?: number;
  /** A health check that always gives this result. Default: no check. */
  readonly health?: 'healthy' | 'unhealthy';
}

/**
 * One engine. Each act resolves once the engine has carried it out. An act that the engine does not
 * have does nothing.
 */
export interface Player {
  create(name: string): Promise<unknown>;
  launch(name: string, run: Run): Promise<unknown>;
  /** Resolves at the end of its run. */
  ended(name: string): Promise<unknown>;
  /** Resolves with the result of its health check. */
  checked(name: string, health: 'healthy' | 'unhealthy'): Promise<unknown>;
  kill(name: string): Promise<unknown>;
  /** SIGTERM. */
  stop(name: string): Promise<unknown>;
  pause(name: string): Promise<unknown>;
  unpause(name: string): Promise<unknown>;
  rename(name: string, next: string): Promise<unknown>;
  /** Also while it runs. */
  remove(name: string): Promise<unknown>;
}

/** A container that ends well at SIGTERM. */
const ENDS_AT_TERM = ['sh', '-c', 'trap "exit 0" TERM; while true; do sleep 0.05; done'];
const SLEEPS = ['sleep', '1000'];
/** Fills its memory; without a limit it would not end. */
const FILLS = ['sh', '-c', 'x=xxxxxxxxxxxxxxxx; while true; do x=$x$x; done'];

/** Prefix of all containers of the scenario. */
export const PREFIX = 'scene-';

/** Each part, by the name of its container without the prefix. */
const PARTS: Readonly<Record<string, (player: Player, name: string) => Promise<unknown>>> = {
  good: async (player, name) => {
    await player.launch(name, { command: ['true'] });
    await player.ended(name);
  },
  bad: async (player, name) => {
    await player.launch(name, { command: ['sh', '-c', 'exit 3'] });
    await player.ended(name);
  },
  killed: async (player, name) => {
    await player.launch(name, { command: SLEEPS });
    await player.kill(name);
    await player.ended(name);
  },
  stopped: async (player, name) => {
    await player.launch(name, { command: ENDS_AT_TERM });
    await player.stop(name);
    await player.ended(name);
  },
  paused: async (player, name) => {
    await player.launch(name, { command: SLEEPS });
    await player.pause(name);
    await player.unpause(name);
    await player.kill(name);
    await player.ended(name);
  },
  memory: async (player, name) => {
    await player.launch(name, { command: FILLS, memory: 16 * 2 ** 20 });
    await player.ended(name);
  },
  healthy: async (player, name) => {
    await player.launch(name, { command: SLEEPS, health: 'healthy' });
    await player.checked(name, 'healthy');
  },
  unhealthy: async (player, name) => {
    await player.launch(name, { command: SLEEPS, health: 'unhealthy' });
    await player.checked(name, 'unhealthy');
  },
  running: async (player, name) => {
    await player.launch(name, { command: SLEEPS });
  },
  renamed: async (player, name) => {
    await player.create(name);
    await player.rename(name, `${name}-2`);
  },
};

/** Plays all parts, one after the other, and removes each container at the end of its part. */
export async function play(player: Player): Promise<void> {
  for (const [part, act] of Object.entries(PARTS)) {
    const name = PREFIX + part;
    await act(player, name);
    await player.remove(part === 'renamed' ? `${name}-2` : name);
  }
}
