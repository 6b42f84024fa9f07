/** The part that reads the monitor FIFO of the state directory. */
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

export const monitor: Part = async (daemon) => {
  const { options, lock, log, descriptions } = daemon;
  const listed = daemon.containers?.listed.subscribe(({ containers }) => {
    for (const { state } of containers) if (UNIQUE.test(state.id)) descriptions.learn(asMonitored(state));
  });
  const monitor = await openMonitor({ directory: options.stateDir, lock, log });
  daemon.monitor = monitor;
  const recorded = new RecordedEngine(daemon);
  daemon.attach(monitor.events.pipe(map((events) => recorded.adoptAll(events))));
  log.info({ path: monitor.path }, `the monitor FIFO is ${monitor.path}`);
  return async () => {
    listed?.unsubscribe();
    recorded.close();
    await monitor.close();
  };
};
