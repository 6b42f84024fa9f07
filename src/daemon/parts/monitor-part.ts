/** The parts that open the monitor FIFO of the state directory, and read it. */
import { map } from 'rxjs';
import type { ContainerState } from '../../../operators/container-state.ts';
import type { Descriptions } from '../../handlers/descriptions.ts';
import { openMonitor } from '../../monitor/monitor.ts';
import type { Part } from '../part.ts';
import { RecordedEngine } from '../recorded-engine.ts';

/**
 * Ids that are unique across engines: listings with such ids describe the containers of FIFO
 * events.
 */
const UNIQUE = /^[0-9a-f]{64}$/;

/** The state, as if it had come through the FIFO. */
function asMonitored({
  id,
  name,
  image,
  labels,
  state,
}: ContainerState): Parameters<Descriptions['learn']>[0] {
  return { id, engine: 'monitor', labels, state, ...(name && { name }), ...(image && { image }) };
}

/** Opens the FIFO before any socket answers: a program that finds the daemon can send at once. */
export const fifo: Part = async (daemon) => {
  const { options, lock, log } = daemon;
  const opened = await openMonitor({ directory: options.stateDir, lock, log });
  daemon.monitor = opened;
  log.info({ path: opened.path }, `the monitor FIFO is ${opened.path}`);
  return () => opened.close();
};

/** Reads the FIFO, once the consumers of its events have started: until then, it holds them. */
export const monitor: Part = (daemon) => {
  const { descriptions, monitor: opened } = daemon;
  if (opened === undefined) return undefined;
  const listed = daemon.containers?.listed.subscribe(({ containers }) => {
    for (const { state } of containers) if (UNIQUE.test(state.id)) descriptions.learn(asMonitored(state));
  });
  const recorded = new RecordedEngine(daemon);
  daemon.attach(opened.events.pipe(map((events) => recorded.adoptAll(events))));
  return async () => {
    listed?.unsubscribe();
    recorded.close();
    await opened.close();
  };
};
