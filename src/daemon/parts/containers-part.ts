/** The part that tracks the containers of all engines. */
import type { ContainerState } from '../../../operators/container-state.ts';
import { createContainers } from '../../handlers/containers.ts';
import type { Part } from '../part.ts';

/**
 * A container's state after a restart of the daemon, for engines that cannot be listed: a running
 * container may have ended since.
 */
function sinceThen(state: ContainerState): ContainerState {
  const { id, engine, engineId, name, image, labels, createdAt, restarts } = state;
  if (state.state !== 'running' && state.state !== 'paused') return state;
  const facts = Object.entries({ engine, engineId, name, image, createdAt }).filter(
    ([, value]) => value !== undefined,
  );
  return { id, ...Object.fromEntries(facts), state: 'unknown', labels, restarts, oomKilled: false };
}

export const containers: Part = async (daemon) => {
  const { collector, log, scheduler } = daemon;
  const before = await daemon.journal?.states();
  daemon.recorded = before?.containers ?? [];
  const seed = daemon.recorded.map(sinceThen);
  const containers = createContainers({ collector, seed, log, scheduler });
  daemon.containers = containers;
  for (const state of daemon.recorded) daemon.descriptions.learn(state);
  const listed = containers.listed.subscribe(({ containers: found, source: { id } }) => {
    for (const { state } of found) {
      daemon.descriptions.learn(id === undefined ? state : { ...state, engineId: id });
    }
  });
  return () => {
    listed.unsubscribe();
    containers.close();
  };
};
